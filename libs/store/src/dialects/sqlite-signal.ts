import { realpathSync } from "node:fs";
import { BroadcastChannel } from "node:worker_threads";
import type { Database } from "better-sqlite3";
import type { DueSignal } from "./dialect.ts";

/** How often a listener looks whether another process has written. */
const pollMs = 250;

/**
 * Threads and stores of the same process hear each other through a channel named after the file.
 * Other processes are noticed by the file's version, which every commit of another connection changes.
 */
export function openSqliteSignal(connection: Database, file: string): DueSignal {
  const listeners = new Set<() => void>();
  const channel = new BroadcastChannel(`sidehook:${realpathSync(file)}`);
  channel.unref();
  const call = () => {
    for (const listener of listeners) listener();
  };
  channel.addEventListener("message", call);
  const readVersion = () => connection.pragma("data_version", { simple: true });
  let version: unknown = readVersion();
  const poll = setInterval(() => {
    if (listeners.size === 0) return;
    const present = readVersion();
    if (present === version) return;
    version = present;
    call();
  }, pollMs);
  poll.unref();
  return {
    send() {
      channel.postMessage(null);
      call(); // a channel does not hear itself
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      clearInterval(poll);
      channel.close();
      return Promise.resolve();
    },
  };
}
