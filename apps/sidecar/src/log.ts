import { pino, type Logger } from "pino";
import type { Config } from "./config.ts";

export type { Logger };

const bufferedBytes = 8 * 1024;
/** How long a line may wait for others to be written with it. */
const flushEveryMs = 100;

let output: ReturnType<typeof pino.destination> | undefined;

/** One for all logs of a thread. */
function openOutput(): ReturnType<typeof pino.destination> {
  const opened = pino.destination({ fd: 1, sync: true, minLength: bufferedBytes });
  setInterval(() => opened.flush(), flushEveryMs).unref();
  process.once("exit", () => opened.flushSync());
  return opened;
}

/** JSON lines on standard output, one wide line for each decision, written some at a time. */
export function createLog(level: Config["logLevel"]): Logger {
  output ??= openOutput();
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, output);
}
