import type { Kysely, SqlBool } from "kysely";
import { isErased } from "./erased.ts";
import { rowsPerPart } from "./privacy-walk.ts";
import type { Schema } from "./schema.ts";

/** The next events, the oldest first. What was erased before names nobody. */
export function readEvents(db: Kysely<Schema>, afterSeq: number) {
  return db
    .selectFrom("events")
    .select(["seq", "id", "type", "occurred_at", "site_id", "context", "payload"])
    .where("seq", ">", afterSeq)
    .orderBy("seq")
    .limit(rowsPerPart)
    .execute();
}

/** The next attempts, and whether the payload they have sent was erased. */
export function readAttempts(db: Kysely<Schema>, afterSeq: number) {
  return db
    .selectFrom("attempts")
    .innerJoin("deliveries", "deliveries.seq", "attempts.delivery_seq")
    .innerJoin("events", "events.seq", "deliveries.event_seq")
    .select(["attempts.seq", "attempts.started_at", "attempts.detail"])
    .select(isErased.$castTo<SqlBool>().as("is_erased"))
    .where("attempts.seq", ">", afterSeq)
    .orderBy("attempts.seq")
    .limit(rowsPerPart)
    .execute();
}

export function readBinRequests(db: Kysely<Schema>, afterSeq: number) {
  return db
    .selectFrom("bin_requests")
    .select(["seq", "id", "received_at", "request"])
    .where("seq", ">", afterSeq)
    .orderBy("seq")
    .limit(rowsPerPart)
    .execute();
}

/** For a `Part`: how far these rows go. */
export function lastSeq(rows: readonly { seq: number }[]): number | null {
  return rows.at(-1)?.seq ?? null;
}
