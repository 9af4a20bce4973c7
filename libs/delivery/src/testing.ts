import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** A request as a receiver saw it. */
export interface ReceivedRequest {
  method: string;
  /** With the query. */
  path: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** The bytes as they came. */
  rawBody: Buffer;
  /** The same as text. */
  body: string;
  receivedAt: Date;
}

/** What the receiver says. Left out: 200, no headers of its own, `ok`, at once. */
export interface Reply {
  status?: number;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  delayMs?: number;
}

/**
 * A fixed reply, or a function that makes one for each request. A function that returns nothing deals with `response`
 * itself: it may drip, break off (`response.destroy()`), or never answer.
 */
export type Answering =
  | Reply
  | ((request: ReceivedRequest, response: ServerResponse) => Reply | void | Promise<Reply | void>);

export interface ReceiverOptions {
  /** Default: `{ status: 200 }`. */
  answer?: Answering;
  /** Default: any free port. With the port of a receiver that was closed, it is back again. */
  port?: number;
  /** Makes it an HTTPS server. */
  tls?: { key: string; cert: string };
}

/** A real HTTP server on 127.0.0.1 that records what it gets. */
export interface Receiver {
  /** Without a trailing slash. */
  url: string;
  port: number;
  /** In the order in which their bodies were complete. */
  requests: readonly ReceivedRequest[];
  /** Connections accepted so far. */
  connectionCount: () => number;
  /** Changes the answer from the next request on. */
  answerWith: (answer: Answering) => void;
  /**
   * Waits until that many requests have come, or until the condition holds.
   *
   * @throws Error after `timeoutMs`, telling how many requests came
   */
  waitFor: (
    condition: number | ((requests: readonly ReceivedRequest[]) => boolean),
    timeoutMs?: number,
  ) => Promise<readonly ReceivedRequest[]>;
  /** Cuts every connection. */
  close: () => Promise<void>;
}

const waitTimeoutMs = 10_000;

/**
 * Starts a receiver for tests.
 *
 * @example
 * const receiver = await startReceiver({ answer: { status: 503 } });
 * await receiver.waitFor(2);
 */
export async function startReceiver(options: ReceiverOptions = {}): Promise<Receiver> {
  const requests: ReceivedRequest[] = [];
  const waiting = new Set<() => void>();
  let { answer = {} } = options;
  let connections = 0;

  const listener = async (incoming: IncomingMessage, response: ServerResponse) => {
    const request = await readRequest(incoming);
    requests.push(request);
    for (const check of waiting) check();
    const reply = typeof answer === "function" ? await answer(request, response) : answer;
    if (reply) await sendReply(response, reply);
  };
  // a sender that gives up in the middle of its request is no concern of the receiver
  const onRequest = (incoming: IncomingMessage, response: ServerResponse) =>
    void listener(incoming, response).catch(() => response.destroy());
  const server = options.tls ? createSecureServer(options.tls, onRequest) : createServer(onRequest);
  server.on("connection", () => connections++);
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  return {
    url: `${options.tls ? "https" : "http"}://127.0.0.1:${port}`,
    port,
    requests,
    connectionCount: () => connections,
    answerWith: (next) => void (answer = next),
    waitFor: (condition, timeoutMs = waitTimeoutMs) => waitUntil({ condition, timeoutMs, requests, waiting }),
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function readRequest(incoming: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const rawBody = Buffer.concat(chunks);
  const headers = Object.entries(incoming.headers).map(([name, value]) => [
    name,
    [value ?? ""].flat().join(", "),
  ]);
  return {
    method: incoming.method ?? "",
    path: incoming.url ?? "",
    headers: Object.fromEntries(headers) as Record<string, string>,
    rawBody,
    body: rawBody.toString(),
    receivedAt: new Date(),
  };
}

async function sendReply(response: ServerResponse, reply: Reply): Promise<void> {
  if (reply.delayMs !== undefined) await delay(reply.delayMs);
  response.writeHead(reply.status ?? 200, { ...reply.headers }).end(reply.body ?? "ok");
}

interface Wait {
  condition: Parameters<Receiver["waitFor"]>[0];
  timeoutMs: number;
  requests: readonly ReceivedRequest[];
  /** Called after each request. */
  waiting: Set<() => void>;
}

async function waitUntil({
  condition,
  timeoutMs,
  requests,
  waiting,
}: Wait): Promise<readonly ReceivedRequest[]> {
  const isMet = () => (typeof condition === "number" ? requests.length >= condition : condition(requests));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const check = () => {
    if (isMet()) resolve();
  };
  const timer = setTimeout(() => {
    const wanted = typeof condition === "number" ? `${condition} requests` : "the condition";
    reject(new Error(`waited ${timeoutMs} ms for ${wanted}; ${requests.length} requests came`));
  }, timeoutMs);
  waiting.add(check);
  check();
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    waiting.delete(check);
  }
  return requests;
}
