import { join } from "node:path";
import { endProcess, nextMessage, pidOf, spawnGuarded } from "./processes.ts";
import type { Counted, Question } from "./receiver.ts";

/** The receiver's process, seen from here. */
export interface Receiver {
  port: number;
  pid: number;
  /** Forgets all that came. */
  reset: () => Promise<void>;
  /** Waits until so many different deliveries have come, at most `timeoutMs`. */
  count: (count: number, timeoutMs: number) => Promise<Counted>;
  /** The same for requests that were answered with 500. */
  countRefused: (count: number, timeoutMs: number) => Promise<Counted>;
  stop: () => Promise<void>;
}

export async function startReceiver(log: string): Promise<Receiver> {
  const command = [
    process.execPath,
    "--conditions=@sidehook/source",
    join(import.meta.dirname, "receiver.ts"),
  ];
  const child = spawnGuarded(command, { log, hasChannel: true });
  const port = (await nextMessage(child, log)) as number;
  async function ask(question: Question): Promise<Counted> {
    const answer = nextMessage(child, log);
    child.send(question);
    return (await answer) as Counted;
  }
  return {
    port,
    pid: pidOf(child),
    reset: async () => void (await ask({ ask: "reset" })),
    count: (count, timeoutMs) => ask({ ask: "count", count, timeoutMs }),
    countRefused: (count, timeoutMs) => ask({ ask: "refused", count, timeoutMs }),
    stop: () => endProcess(child, "SIGKILL"),
  };
}
