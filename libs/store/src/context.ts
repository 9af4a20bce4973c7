import type { NewId } from "@sidehook/events";
import type { Kysely } from "kysely";
import type { Dialect, DueSignal } from "./dialects/dialect.ts";
import type { DurationCounts } from "./durations.ts";
import type { Schema } from "./schema.ts";
import type { WebhookCache } from "./webhook-cache.ts";

/** What every part of the store works with. */
export interface StoreContext {
  db: Kysely<Schema>;
  dialect: Dialect;
  signal: DueSignal;
  newId: NewId;
  /** The clock, in unix milliseconds. */
  now: () => number;
  webhooks: WebhookCache;
  /** Of attempts recorded here, until they are stored. */
  durations: DurationCounts;
}
