import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { buildBody } from "./events.ts";
import { monotonicMs } from "./statistics.ts";

/** Where events are accepted: one address for each process of the engine. */
export interface Door {
  ports: readonly number[];
  /** Lines that every request has, such as credentials. */
  headers: Readonly<Record<string, string>>;
}

export const clientCount = 64;

/**
 * A keep-alive HTTP client of its own, by hand, so that making load takes as little as possible of the machine that
 * the engines are measured on.
 */
interface Client {
  /** Answers the status. */
  post: (body: string) => Promise<number>;
  close: () => void;
}

async function openClient(port: number, headers: Readonly<Record<string, string>>): Promise<Client> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  await once(socket, "connect");
  const lines = Object.entries({ ...headers, "content-type": "application/json" }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const head = `POST /v1/events HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${lines.join("")}content-length: `;
  const answers = readAnswers(socket);
  return {
    post(body) {
      // All of it is ASCII, of which this is the cheapest to write.
      socket.write(`${head}${body.length}\r\n\r\n${body}`, "latin1");
      return answers.next();
    },
    close: () => void socket.destroy(),
  };
}

function readAnswers(socket: Socket): { next: () => Promise<number> } {
  let text = "";
  let waiting: PromiseWithResolvers<number> | null = null;
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    text += chunk;
    if (!isComplete(text)) return;
    waiting?.resolve(Number(text.slice(9, 12)));
    text = "";
  });
  const fail = () => waiting?.reject(new Error("the engine closed a connection in the middle of a request"));
  socket.on("error", fail).on("close", fail);
  return {
    next() {
      waiting = Promise.withResolvers();
      return waiting.promise;
    },
  };
}

function isComplete(text: string): boolean {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, headEnd + 2))?.[1];
  return length === undefined ? text.endsWith("\r\n0\r\n\r\n") : text.length >= headEnd + 4 + Number(length);
}

/** Clients are spread evenly over the engine's processes. */
async function openClients({ ports, headers }: Door, count: number): Promise<Client[]> {
  return Promise.all(
    Array.from({ length: count }, (_, at) => openClient(ports[at % ports.length] ?? 0, headers)),
  );
}

export interface Load {
  type: string;
  /** Default: 1. */
  eventsPerRequest?: number;
  maxEvents: number;
  maxSeconds: number;
}

export interface Accepted {
  events: number;
  /** Of the monotonic clock. */
  startedAtMs: number;
  seconds: number;
}

/**
 * As many clients as there are, each sending its next request when the last one was answered.
 *
 * @throws Error for any answer but 202
 */
export async function sendAsFastAsPossible(door: Door, load: Load): Promise<Accepted> {
  const { type, eventsPerRequest = 1, maxEvents, maxSeconds } = load;
  const clients = await openClients(door, clientCount);
  const startedAtMs = monotonicMs();
  const endMs = startedAtMs + maxSeconds * 1000;
  let sent = 0;
  let events = 0;
  const run = async (client: Client) => {
    while (sent < maxEvents && monotonicMs() < endMs) {
      sent += eventsPerRequest;
      await sendOn(client, buildBody(type, eventsPerRequest));
      events += eventsPerRequest;
    }
  };
  await Promise.all(clients.map(run));
  const seconds = (monotonicMs() - startedAtMs) / 1000;
  for (const client of clients) client.close();
  return { events, startedAtMs, seconds };
}

async function sendOn(client: Client, body: string): Promise<void> {
  assertAccepted(await client.post(body));
}

function assertAccepted(status: number): void {
  if (status !== 202) throw new Error(`the engine answered ${status} to events`);
}

/**
 * Sends stamped events at even intervals, whether or not those before were answered; the types take turns.
 *
 * @returns how many were sent
 */
export async function sendPaced(
  door: Door,
  { types, perSecond, seconds }: { types: readonly string[]; perSecond: number; seconds: number },
): Promise<number> {
  const clients = await openClients(door, clientCount);
  const idle = [...clients];
  const underWay = new Set<Promise<void>>();
  const count = Math.round(perSecond * seconds);
  const startedAtMs = monotonicMs();
  for (let at = 0; at < count; at++) {
    const waitMs = startedAtMs + (at * 1000) / perSecond - monotonicMs();
    if (waitMs > 0) await delay(waitMs);
    while (idle.length === 0) await Promise.race(underWay);
    const client = idle.pop();
    if (!client) break;
    const body = buildBody(types[at % types.length] ?? "", 1, Math.round(monotonicMs() * 1000));
    const request: Promise<void> = sendOn(client, body).finally(() => {
      idle.push(client);
      underWay.delete(request);
    });
    underWay.add(request);
  }
  await Promise.all(underWay);
  for (const client of clients) client.close();
  return count;
}

/** One event, alone; answers how long it took until it was accepted, in milliseconds. */
export async function sendOne(door: Door, type: string): Promise<number> {
  const [client] = await openClients(door, 1);
  if (!client) throw new Error("no client");
  const startedAtMs = monotonicMs();
  await sendOn(client, buildBody(type, 1, Math.round(startedAtMs * 1000)));
  const tookMs = monotonicMs() - startedAtMs;
  client.close();
  return tookMs;
}
