/** Posts what a queue hands out; in a thread of its own, or in that of the host. */
import { parentPort, workerData } from "node:worker_threads";
import { importPeer } from "../peers.ts";
import { kinds } from "./kinds.ts";
import type { Deliver, HostSettings } from "./queue.ts";

interface Undici {
  Agent: new (options: object) => unknown;
  request: (
    url: string,
    options: object,
  ) => Promise<{ statusCode: number; body: { dump: () => Promise<void> } }>;
}

/** As long as the sidecar waits for an answer. */
const timeoutMs = 15_000;

/** Starts delivering; answers how to stop. */
export async function startDelivering(settings: HostSettings): Promise<() => Promise<void>> {
  return kinds[settings.kind].startWorker(settings, await createDeliver(settings));
}

async function createDeliver({ receiverUrl }: HostSettings): Promise<Deliver> {
  const { Agent, request } = await importPeer<Undici>("undici");
  const dispatcher = new Agent({ headersTimeout: timeoutMs, bodyTimeout: timeoutMs });
  return async ({ id, path, payload }) => {
    const headers = {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(Date.now() / 1000)),
    };
    const url = receiverUrl + path;
    const { statusCode, body } = await request(url, { method: "POST", headers, body: payload, dispatcher });
    await body.dump();
    if (statusCode >= 300) throw new Error(`the receiver answered ${statusCode}`);
  };
}

let stopDelivering: (() => Promise<void>) | undefined;

async function obey(order: "start" | "stop"): Promise<void> {
  if (order === "start") stopDelivering = await startDelivering(workerData as HostSettings);
  else await stopDelivering?.();
  parentPort?.postMessage(order);
}

parentPort?.on("message", (order: "start" | "stop") => void obey(order));
