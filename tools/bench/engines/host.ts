/**
 * The process of a peer: a plain HTTP server that accepts the same requests as the sidecar, adds their deliveries to
 * the queue, and answers when the queue has them. Deliveries are made in a thread beside it, as the sidecar does.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Worker } from "node:worker_threads";
import { startDelivering } from "./delivering.ts";
import { kinds } from "./kinds.ts";
import type { Delivery, HostSettings } from "./queue.ts";

interface IngestBody {
  events: readonly { id: string; type: string; payload: string }[];
}

const settings = JSON.parse(process.argv[2] ?? "") as HostSettings;
const kind = kinds[settings.kind];
const add = await kind.openQueue(settings);
const delivering = kind.hasThread ? createThread() : createHere();

function createThread() {
  const thread = new Worker(new URL("./delivering.ts", import.meta.url), { workerData: settings });
  const order = async (text: "start" | "stop") => {
    thread.postMessage(text);
    await once(thread, "message");
  };
  return { start: () => order("start"), stop: () => order("stop") };
}

function createHere() {
  let stop: (() => Promise<void>) | undefined;
  return { start: async () => void (stop = await startDelivering(settings)), stop: async () => stop?.() };
}

async function accept(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { events } = JSON.parse(Buffer.concat(chunks).toString()) as IngestBody;
  await add(events.flatMap(fanOut));
  const body = JSON.stringify({ results: events.map(({ id }) => ({ id, status: "accepted" })) });
  response.writeHead(202, { "content-length": Buffer.byteLength(body) }).end(body);
}

function fanOut({ id, type, payload }: IngestBody["events"][number]): Delivery[] {
  return (settings.routes[type] ?? []).map((path) => ({ id, path, payload }));
}

const server = createServer((request, response) => {
  accept(request, response).catch((error: unknown) => {
    console.error(error);
    response.writeHead(500, { "content-length": 0 }).end();
  });
});
async function obey(order: "pause" | "resume"): Promise<void> {
  await (order === "pause" ? delivering.stop() : delivering.start());
  process.send?.(order);
}

process.on("message", (order: "pause" | "resume") => void obey(order));
server.listen(0, "127.0.0.1");
await Promise.all([once(server, "listening"), delivering.start()]);
process.send?.((server.address() as AddressInfo).port);
