import type { Routes } from "../events.ts";
import type { Door } from "../load.ts";
import type { Servers } from "../servers.ts";

/** What an engine is started with: the same for all that are compared. */
export interface EngineSettings {
  receiverUrl: string;
  routes: Routes;
  /** Attempts in flight, in all processes together. */
  concurrency: number;
  /** The same for each webhook, where an engine knows such a limit. Null: the engine's default. */
  webhookConcurrency: number | null;
  servers: Servers;
  /** Added to the environment of its own processes; their databases have their own. */
  env: Readonly<Record<string, string>>;
  /** A folder of its own, empty or prepared by whoever starts it. */
  folder: string;
}

/** An engine that runs: it accepts events and delivers them unless it is paused. */
export interface RunningEngine {
  door: Door;
  /** Goes on accepting, delivers nothing; nothing is in flight when it has answered. */
  pause: () => Promise<void>;
  resume: () => Promise<void>;
  /** Of its own processes. */
  pids: readonly number[];
  /** Of the database server it uses, if any. */
  listServerPids: () => number[];
  stop: () => Promise<void>;
}

export interface Engine {
  name: string;
  /** What it is and how it is set, for the reader of the table. */
  about: string;
  start: (settings: EngineSettings) => Promise<RunningEngine>;
}
