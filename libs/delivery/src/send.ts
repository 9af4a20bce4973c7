import type { Socket } from "node:net";
import { Client, type buildConnector } from "undici";
import type { AddressGuard } from "./address.ts";
import { answerReader, endPhase, newAnswer, outcomeOf, type Answer } from "./answer.ts";
import type { DeliveryRequest, SendResult } from "./delivery.ts";
import { classifyError } from "./failure.ts";
import { openSocket, shareLookups, systemLookup, type Lookup, type OpeningTimes } from "./socket.ts";

const maxHeadersBytes = 32 * 1024;
/** Kept-alive connections in all, so that ten thousand origins do not use up the file descriptors. */
const maxIdleConnections = 512;

export interface SenderOptions {
  guard: AddressGuard;
  /** Default: the operating system's resolver. */
  lookup?: Lookup;
  /** For a whole attempt, unless it brings its own. */
  timeoutMs: number;
  /** For resolving, connecting and TLS together. */
  connectTimeoutMs: number;
}

export interface SendOptions {
  timeoutMs?: number | null;
  maxBodyBytes?: number;
}

/** Owns every outgoing connection. */
export interface Sender {
  /**
   * Makes one attempt. Whatever the receiver does is a value; what is thrown is a fault of our own, such as running
   * out of file descriptors, and must not count as an attempt.
   *
   * @param options.timeoutMs for the whole attempt; null or left out: the sender's
   * @param options.maxBodyBytes of the answer's body, which is cut there; left out: 16 KiB
   */
  send: (request: DeliveryRequest, options?: SendOptions) => Promise<SendResult>;
  /** Waits for the attempts in flight and closes every connection. */
  close: () => Promise<void>;
}

/**
 * Makes a sender. Connections are kept alive and used again, the newest first; there may be any number of them to one
 * origin, for many webhooks share one: how many attempts a webhook may have in flight is the worker's business.
 *
 * @example createSender({ guard: createAddressGuard({ allow: [] }), timeoutMs: 15_000, connectTimeoutMs: 5_000 })
 */
export function createSender(options: SenderOptions): Sender {
  const pool = createPool({ ...options, lookup: shareLookups(options.lookup ?? systemLookup) });
  const running = new Set<Promise<SendResult>>();
  return {
    async send(request, { timeoutMs, ...limits } = {}) {
      const attempt = makeAttempt(pool, request, { timeoutMs: timeoutMs ?? options.timeoutMs, ...limits });
      running.add(attempt);
      try {
        return await attempt;
      } finally {
        running.delete(attempt);
      }
    },
    async close() {
      pool.close();
      await Promise.allSettled(running);
    },
  };
}

async function makeAttempt(pool: Pool, request: DeliveryRequest, limits: Limits): Promise<SendResult> {
  const { timeoutMs } = limits;
  const { origin, pathname, search } = new URL(request.url);
  const { method, headers, body } = request;
  const outgoing = { path: pathname + search, method, headers, body };
  let connection = pool.take(origin);
  const startedAt = new Date();
  const startedAtMs = performance.now();
  const deadline: Deadline = { expire: () => undefined };
  const timer = setTimeout(() => deadline.expire(), timeoutMs);
  let answer = await exchange(connection, outgoing, deadline, limits);
  if (isStale(connection, answer)) {
    pool.discard(connection);
    connection = pool.open(origin);
    answer = await exchange(connection, outgoing, deadline, limits);
  }
  clearTimeout(timer);
  if (answer.isComplete) pool.release(connection);
  else pool.discard(connection);
  const durationMs = Math.round(performance.now() - startedAtMs);
  const phases = { ...connection.times, ...answer.phases };
  return { startedAt, durationMs, phases, ...outcomeOf(answer, timeoutMs) };
}

/** As the HTTP client wants it. */
type Outgoing = Omit<DeliveryRequest, "url"> & { path: string };

type Limits = SendOptions & { timeoutMs: number };

/** Called when the attempt's time is over, however busily the receiver drips. */
interface Deadline {
  expire: () => void;
}

/** The server closed a kept-alive connection just when we wrote to it: that says nothing about the receiver. */
function isStale(connection: Connection, { error, hasBegun }: Answer): boolean {
  return connection.isReused && !hasBegun && error !== null && classifyError(error) === "reset";
}

/** Sends the request on one connection and reads the answer until it ends, is long enough, fails or time is over. */
function exchange(
  connection: Connection,
  outgoing: Outgoing,
  deadline: Deadline,
  { maxBodyBytes }: Limits,
): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const answer = newAnswer(maxBodyBytes);
  const finish = () => {
    endPhase(answer);
    resolve(answer);
  };
  deadline.expire = finish;
  connection.client.dispatch(outgoing, answerReader(answer, finish));
  return promise;
}

interface Connection {
  origin: string;
  client: Client;
  opening: AbortController;
  times: OpeningTimes;
  /** False as soon as it has to be opened for the attempt it is used for. */
  isReused: boolean;
}

interface Pool {
  /** The newest idle connection to an origin, or a new one. */
  take: (origin: string) => Connection;
  open: (origin: string) => Connection;
  release: (connection: Connection) => void;
  discard: (connection: Connection) => void;
  close: () => void;
}

/**
 * Each connection is an HTTP client of its own, so that an attempt knows whether it was given a used one, can time
 * the opening of a new one, and can drop it at any moment.
 */
function createPool(options: Required<SenderOptions>): Pool {
  const idle = new Map<string, Connection[]>();
  let idleCount = 0;
  let isClosed = false;

  function open(origin: string): Connection {
    const connection = newConnection(origin, options);
    connection.client.on("disconnect", () => {
      if (removeIdle(connection)) discard(connection);
    });
    return connection;
  }

  function take(origin: string): Connection {
    if (isClosed) throw new Error("the sender is closed");
    const connection = idle.get(origin)?.at(-1);
    if (!connection) return open(origin);
    removeIdle(connection);
    connection.times = neverOpened;
    connection.isReused = true;
    return connection;
  }

  function release(connection: Connection): void {
    if (isClosed || idleCount >= maxIdleConnections) {
      discard(connection);
      return;
    }
    const stack = idle.get(connection.origin);
    if (stack) stack.push(connection);
    else idle.set(connection.origin, [connection]);
    idleCount++;
  }

  function removeIdle(connection: Connection): boolean {
    const stack = idle.get(connection.origin) ?? [];
    const index = stack.lastIndexOf(connection);
    if (index === -1) return false;
    stack.splice(index, 1);
    if (stack.length === 0) idle.delete(connection.origin);
    idleCount--;
    return true;
  }

  function close(): void {
    isClosed = true;
    for (const connection of [...idle.values()].flat()) {
      removeIdle(connection);
      discard(connection);
    }
  }

  return { take, open, release, discard, close };
}

function discard({ opening, client }: Connection): void {
  opening.abort();
  void client.destroy();
}

const neverOpened: OpeningTimes = { dns: null, connect: null, tls: null };

function newConnection(origin: string, options: Required<SenderOptions>): Connection {
  const opening = new AbortController();
  const client = new Client(origin, {
    maxHeaderSize: maxHeadersBytes,
    // the attempt has one deadline for everything, which a trickle cannot extend
    headersTimeout: 0,
    bodyTimeout: 0,
    connect({ hostname, protocol, port }, callback) {
      const isSecure = protocol === "https:";
      const target = { hostname, isSecure, port: Number(port || (isSecure ? 443 : 80)) };
      connection.isReused = false;
      connection.times = { ...neverOpened };
      const openOptions = { ...options, controller: opening, times: connection.times };
      void callWith(openSocket(target, openOptions), callback);
    },
  });
  const connection: Connection = { origin, client, opening, times: neverOpened, isReused: false };
  return connection;
}

async function callWith(opening: Promise<Socket>, callback: buildConnector.Callback): Promise<void> {
  try {
    callback(null, await opening);
  } catch (error) {
    callback(error as Error, null);
  }
}
