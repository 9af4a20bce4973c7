import { pino, type Logger } from "pino";
import type { Config } from "./config.ts";

export type { Logger };

/** JSON lines on standard output, one wide line for each decision. */
export function createLog(level: Config["logLevel"]): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime });
}
