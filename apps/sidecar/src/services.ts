import type { NewId } from "@sidehook/events";
import type { Store } from "@sidehook/store";
import type { Config } from "./config.ts";
import type { Keys } from "./keys.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";

/** What the pages and the API work with; made once in main.ts, and by each test. */
export interface Services {
  store: Store;
  config: Config;
  keys: Keys;
  log: Logger;
  metrics: Metrics;
  now: () => Date;
  newId: NewId;
  /** Base of links, without a slash at its end. */
  publicUrl: string;
  /** False while deliveries are not being made in this process although they should be. */
  isWorkerRunning: () => boolean;
}
