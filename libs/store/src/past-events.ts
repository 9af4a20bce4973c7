import type { WebhookEvent } from "@sidehook/events";
import { sql, type Selectable } from "kysely";
import type { StoreContext } from "./context.ts";
import { toEvent } from "./rows.ts";
import type { EventRow } from "./schema.ts";

/** Payloads may be large, and on SQLite everybody else in the thread waits while they are read. */
const typesRead = 20;
const maxEvents = 200;

/** The part of the store that has past events to try something on. */
export interface PastEventsStore {
  /** The newest events of these types with their payloads, up to 200 in all and tests left out. */
  listPastEvents(types: readonly string[]): Promise<WebhookEvent[]>;
}

export function createPastEvents(context: StoreContext): PastEventsStore {
  return { listPastEvents: (types) => listPastEvents(context, types) };
}

async function listPastEvents({ db }: StoreContext, types: readonly string[]): Promise<WebhookEvent[]> {
  const asked = [...new Set(types)].slice(0, typesRead);
  const rows: Selectable<EventRow>[] = [];
  for (const type of asked) {
    const ofType = await db
      .selectFrom("events")
      .selectAll()
      .where("type", "=", type)
      .where("is_test", "=", sql.lit(0))
      .orderBy("received_at", "desc")
      .orderBy("seq", "desc")
      .limit(Math.floor(maxEvents / asked.length))
      .execute();
    rows.push(...ofType);
  }
  return rows.sort((a, b) => b.received_at - a.received_at).map(toEvent);
}
