import { Client, type ClientConfig } from "pg";
import type { DueSignal } from "./dialect.ts";

const reconnectMs = 1_000;
/** A notification can be lost with a connection, so that a listener looks for itself from time to time. */
const pollMs = 2_000;

/**
 * Notifications through the server. They are sent after the commit, not in it, where they would make commits wait for
 * each other, and one at a time: who is woken looks for everything that is due.
 */
export function openPostgresSignal(config: ClientConfig, notify: () => Promise<unknown>): DueSignal {
  const listeners = new Set<() => void>();
  const call = () => {
    for (const listener of listeners) listener();
  };
  const send = coalesced(notify);
  let connection: ListeningConnection | undefined;
  return {
    send() {
      send();
      call(); // sooner than by way of the server
    },
    listen(listener) {
      listeners.add(listener);
      connection ??= keepListening(config, call);
      return () => void listeners.delete(listener);
    },
    close: async () => connection?.close(),
  };
}

/** Runs at most one at a time, and once more if asked meanwhile. A notification that fails is made good by polling. */
function coalesced(run: () => Promise<unknown>): () => void {
  let isRunning = false;
  let isWanted = false;
  const start = async () => {
    isRunning = true;
    while (isWanted) {
      isWanted = false;
      await run().catch(() => {});
    }
    isRunning = false;
  };
  return () => {
    isWanted = true;
    if (!isRunning) void start();
  };
}

interface ListeningConnection {
  close(): Promise<void>;
}

/** A connection of its own that comes back by itself. */
function keepListening(config: ClientConfig, call: () => void): ListeningConnection {
  let client: Client | undefined;
  let reconnect: NodeJS.Timeout | undefined;
  let isClosed = false;
  const connect = () => {
    const next = new Client(config);
    client = next;
    next.on("notification", call);
    next.on("error", () => {}); // "end" follows
    next.once("end", () => {
      if (!isClosed) reconnect = setTimeout(connect, reconnectMs).unref();
    });
    next
      .connect()
      .then(() => next.query("listen sidehook_due"))
      .then(call) // what was said meanwhile has been missed
      .catch(() => next.end());
  };
  connect();
  const poll = setInterval(call, pollMs).unref();
  return {
    async close() {
      isClosed = true;
      clearTimeout(reconnect);
      clearInterval(poll);
      await client?.end();
    },
  };
}
