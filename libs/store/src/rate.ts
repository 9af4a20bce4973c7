import type { RateLimit } from "@sidehook/delivery";
import { sql, type Transaction } from "kysely";
import type { StoreContext } from "./context.ts";
import type { Schema } from "./schema.ts";

const periodMs: Readonly<Record<RateLimit["per"], number>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
};
const rowsPerInsert = 500;

/*
 * A limit of 20 a minute is 20 rows. A request takes one, from its claim until a period after its answer, so that no
 * period holds more requests than there are rows, by whatever clock they are measured: the sender's or the receiver's.
 * Rows outlive the process, and all processes share them. One that dies keeps its rows for a lease and a period.
 */

/** How long after a request its place may be used again. */
export function periodOf({ per }: RateLimit): number {
  return periodMs[per];
}

interface Taking {
  webhookId: string;
  limit: number;
  now: Date;
}

/** At most `limit` places that are free now. They are nobody else's until the transaction ends. */
export async function findPlaces(
  { dialect }: StoreContext,
  trx: Transaction<Schema>,
  { webhookId, limit, now }: Taking,
): Promise<number[]> {
  const { rows } = await sql<{ slot: number }>`
    select slot from rate_slots where webhook_id = ${webhookId} and free_at <= ${dialect.leaseClock(now)}
    order by free_at limit ${limit} ${dialect.skipLocked}`.execute(trx);
  return rows.map(({ slot }) => slot);
}

export interface TakenPlace {
  webhook_id: string;
  slot: number;
  delivery_seq: number;
  /** After the clock of leases: the lease and a period. */
  free_in: number;
}

/** Takes places for claimed deliveries. */
export async function takePlaces(
  { dialect }: StoreContext,
  trx: Transaction<Schema>,
  { places, now }: { places: readonly TakenPlace[]; now: Date },
): Promise<void> {
  if (places.length === 0) return;
  const types = { webhook_id: "text", slot: "bigint", delivery_seq: "bigint", free_in: "bigint" } as const;
  await sql`
    update rate_slots set delivery_seq = taken.delivery_seq, free_at = ${dialect.leaseClock(now)} + taken.free_in
    from ${dialect.tableOf(types, places)} as taken
    where rate_slots.webhook_id = taken.webhook_id and rate_slots.slot = taken.slot`.execute(trx);
}

/** Requests that have been answered: their places are free a period from now. */
export async function returnPlaces(
  { dialect }: StoreContext,
  trx: Transaction<Schema>,
  { answered, now }: { answered: readonly { delivery_seq: number; free_in: number }[]; now: Date },
): Promise<void> {
  if (answered.length === 0) return;
  const rows = dialect.tableOf({ delivery_seq: "bigint", free_in: "bigint" }, answered);
  await sql`
    update rate_slots set delivery_seq = null, free_at = ${dialect.leaseClock(now)} + answered.free_in
    from ${rows} as answered where rate_slots.delivery_seq = answered.delivery_seq`.execute(trx);
}

/** When the next place of each of these webhooks is free, in unix milliseconds of our own clock. */
export async function listFreeTimes(
  { db, dialect }: StoreContext,
  webhookIds: readonly string[],
  now: Date,
): Promise<Map<string, number>> {
  if (webhookIds.length === 0) return new Map();
  const asked = dialect.tableOf(
    { id: "text" },
    webhookIds.map((id) => ({ id })),
  );
  const { rows } = await sql<{ id: string; free_in: number | null }>`
    select id, (
      select free_at from rate_slots where webhook_id = asked.id order by free_at limit 1
    ) - ${dialect.leaseClock(now)} as free_in from ${asked} as asked`.execute(db);
  return new Map(rows.map(({ id, free_in }) => [id, now.getTime() + (free_in ?? 0)]));
}

interface LimitChange {
  webhookId: string;
  before: RateLimit | null;
  after: RateLimit | null;
}

/** Makes as many places as the limit allows. What was sent before counts with the new period. */
export async function setLimit(
  trx: Transaction<Schema>,
  { webhookId, before, after }: LimitChange,
): Promise<void> {
  if (before?.limit === after?.limit && before?.per === after?.per) return;
  if (before && after) {
    const differenceMs = periodOf(after) - periodOf(before);
    await sql`update rate_slots set free_at = free_at + ${differenceMs}
      where webhook_id = ${webhookId} and free_at > 0`.execute(trx);
  }
  // Those that are free last stay.
  await sql`delete from rate_slots where webhook_id = ${webhookId} and slot not in (
    select slot from rate_slots where webhook_id = ${webhookId} order by free_at desc limit ${after?.limit ?? 0})`.execute(
    trx,
  );
  if (after) await addPlaces(trx, { webhookId, limit: after });
}

/** What is being sent while there was no limit yet takes places, too. */
async function addPlaces(
  trx: Transaction<Schema>,
  { webhookId, limit }: { webhookId: string; limit: RateLimit },
): Promise<void> {
  const present = await trx
    .selectFrom("rate_slots")
    .select(["slot", "delivery_seq"])
    .where("webhook_id", "=", webhookId)
    .execute();
  const sending = await trx
    .selectFrom("sending")
    .select(["seq", "lease_until"])
    .where("webhook_id", "=", webhookId)
    .limit(limit.limit)
    .execute();
  const counted = new Set(present.map(({ delivery_seq }) => delivery_seq));
  const uncounted = sending.filter(({ seq }) => !counted.has(seq));
  const isUsed = new Set(present.map(({ slot }) => slot));
  const slots = Array.from({ length: limit.limit }, (_, slot) => slot).filter((slot) => !isUsed.has(slot));
  const rows = slots.slice(0, limit.limit - present.length).map((slot, index) => ({
    webhook_id: webhookId,
    slot,
    free_at: uncounted[index] ? (uncounted[index].lease_until ?? 0) + periodOf(limit) : 0,
    delivery_seq: uncounted[index]?.seq ?? null,
  }));
  for (let at = 0; at < rows.length; at += rowsPerInsert) {
    await trx
      .insertInto("rate_slots")
      .values(rows.slice(at, at + rowsPerInsert))
      .execute();
  }
}
