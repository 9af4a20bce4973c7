import { sql, type RawBuilder, type Transaction } from "kysely";
import type { StoreContext } from "./context.ts";
import { cancelUnfinished } from "./deliveries.ts";
import type { Schema } from "./schema.ts";
import type { Store } from "./store.ts";
import { inPieces, inTransaction } from "./transaction.ts";

/** What one transaction takes: some milliseconds, and in between others get their turn. */
const eventsPerCommit = 200;
const deliveriesPerCommit = 200;
const attemptsPerCommit = 1_000;
/** Of all events of one transaction: more would be looked at for longer than a transaction may last. */
const deliveriesLookedAt = 2_000;
const rowsPerCommit = 500;
/** A quarter of the time is enough to keep up, and leaves the database to others for the rest. */
const restPerWork = 3;

/** Keeping the store small, and telling whether it can be written. */
export function createUpkeep(context: StoreContext): Pick<Store, "deleteBefore" | "checkWritable"> {
  return {
    deleteBefore: (before) => deleteBefore(context, before),
    checkWritable: () => checkWritable(context),
  };
}

async function deleteBefore(context: StoreContext, before: Date): Promise<number> {
  await cancelForDeleted(context);
  const count = await deleteEvents(context, before.getTime());
  await deleteOld(context, before.getTime());
  await forgetWebhooks(context, before.getTime());
  return count;
}

/** What a crash in the middle of deleting a webhook has left unfinished. */
async function cancelForDeleted(context: StoreContext): Promise<void> {
  const rows = await context.db
    .selectFrom("webhooks")
    .select("id")
    .where("deleted_at", "is not", null)
    .execute();
  const now = new Date(context.now());
  for (const { id } of rows) {
    await cancelUnfinished(context, { webhookId: id, states: ["pending", "sending"], now });
  }
}

interface Position {
  receivedAt: number;
  seq: number;
}

async function deleteEvents(context: StoreContext, beforeMs: number): Promise<number> {
  let count = 0;
  let position: Position = { receivedAt: 0, seq: 0 };
  await inPieces(async () => {
    const piece = await deleteSomeEvents(context, { beforeMs, after: position });
    count += piece.count;
    position = piece.next ?? position;
    return { isLast: piece.next === undefined };
  }, restPerWork);
  return count;
}

/**
 * Goes on after what it has looked at: an event that has to stay is not looked at again. An event with more deliveries
 * than fit into one transaction takes several.
 */
async function deleteSomeEvents(
  context: StoreContext,
  { beforeMs, after }: { beforeMs: number; after: Position },
): Promise<{ count: number; next: Position | undefined }> {
  return inTransaction(context, async (trx) => {
    const candidates = await trx
      .selectFrom("events")
      .select(["seq", "received_at"])
      .where("received_at", "<", beforeMs)
      .where((where) =>
        where(where.refTuple("received_at", "seq"), ">", where.tuple(after.receivedAt, after.seq)),
      )
      .orderBy("received_at")
      .orderBy("seq")
      .limit(eventsAtOnce(context))
      .execute();
    const last = candidates.at(-1);
    if (!last) return { count: 0, next: undefined };
    const seqs = await withoutNeeded(context, trx, { seqs: candidates.map(({ seq }) => seq), beforeMs });
    if (!(await deleteDeliveries(context, trx, seqs))) return { count: 0, next: after };
    await trx
      .deleteFrom("event_subjects")
      .where(context.dialect.isOneOf(sql.ref("event_seq"), seqs))
      .execute();
    await trx
      .deleteFrom("events")
      .where(context.dialect.isOneOf(sql.ref("seq"), seqs))
      .execute();
    return { count: seqs.length, next: { receivedAt: last.received_at, seq: last.seq } };
  });
}

/** An event has at most as many deliveries as there are webhooks. */
function eventsAtOnce({ webhooks }: StoreContext): number {
  const byFanOut = Math.floor(deliveriesLookedAt / Math.max(1, webhooks.size()));
  return Math.min(eventsPerCommit, Math.max(1, byFanOut));
}

/** An event stays while one of its deliveries is unfinished or has ended only after `beforeMs`. */
async function withoutNeeded(
  { dialect }: StoreContext,
  trx: Transaction<Schema>,
  { seqs, beforeMs }: { seqs: readonly number[]; beforeMs: number },
): Promise<number[]> {
  const rows = await trx
    .selectFrom("deliveries")
    .select("event_seq")
    .where(dialect.isOneOf(sql.ref("event_seq"), seqs))
    .where((where) => where.or([where("finished_at", "is", null), where("finished_at", ">=", beforeMs)]))
    .execute();
  const needed = new Set(rows.map(({ event_seq }) => event_seq));
  return seqs.filter((seq) => !needed.has(seq));
}

/** True once none of these events has a delivery left. */
async function deleteDeliveries(
  { dialect }: StoreContext,
  trx: Transaction<Schema>,
  eventSeqs: readonly number[],
): Promise<boolean> {
  const rows = await trx
    .selectFrom("deliveries")
    .select(["seq", "attempt_count"])
    .where(dialect.isOneOf(sql.ref("event_seq"), eventSeqs))
    .limit(deliveriesPerCommit)
    .modifyEnd(dialect.lockRows) // so that nobody records an attempt of one that goes
    .execute();
  const seqs = withFewAttempts(rows);
  await trx
    .deleteFrom("attempts")
    .where(dialect.isOneOf(sql.ref("delivery_seq"), seqs))
    .execute();
  await trx
    .deleteFrom("deliveries")
    .where(dialect.isOneOf(sql.ref("seq"), seqs))
    .execute();
  return seqs.length === rows.length && rows.length < deliveriesPerCommit;
}

/** The first of them, at least one, up to the number of attempts that one transaction takes. */
function withFewAttempts(rows: readonly { seq: number; attempt_count: number }[]): number[] {
  let attempts = 0;
  const fitting = rows.filter(({ attempt_count }) => (attempts += attempt_count) <= attemptsPerCommit);
  return (fitting.length > 0 ? fitting : rows.slice(0, 1)).map(({ seq }) => seq);
}

/** Tables of which each row goes by a time of its own. */
async function deleteOld(context: StoreContext, beforeMs: number): Promise<void> {
  const now = context.now();
  const old = [
    sql`bin_requests where seq in (select seq from bin_requests where received_at < ${beforeMs} order by received_at`,
    sql`webhook_hours where (webhook_id, hour_at) in (
      select webhook_id, hour_at from webhook_hours where hour_at < ${beforeMs} order by hour_at`,
    sql`webhook_durations where (webhook_id, hour_at, step) in (
      select webhook_id, hour_at, step from webhook_durations where hour_at < ${beforeMs} order by hour_at`,
    sql`replays where id in (select id from replays where finished_at < ${beforeMs} order by id`,
    sql`sessions where id in (select id from sessions where expires_at <= ${now}`,
    sql`used_values where value_hash in (select value_hash from used_values where expires_at <= ${now}`,
  ];
  for (const rows of old) await inPieces(() => deleteSome(context, rows), restPerWork);
}

async function deleteSome(context: StoreContext, rows: RawBuilder<unknown>): Promise<{ isLast: boolean }> {
  const { numAffectedRows = 0n } = await inTransaction(context, (trx) =>
    sql`delete from ${rows} limit ${sql.lit(rowsPerCommit)})`.execute(trx),
  );
  return { isLast: numAffectedRows < rowsPerCommit };
}

/** A deleted webhook, once nothing names it any more. */
async function forgetWebhooks(context: StoreContext, beforeMs: number): Promise<void> {
  await inTransaction(context, async (trx) => {
    const isForgotten = sql<boolean>`deleted_at < ${beforeMs}
      and not exists (select 1 from deliveries where deliveries.webhook_id = webhooks.id)`;
    const forgotten = await trx.selectFrom("webhooks").select("id").where(isForgotten).execute();
    if (forgotten.length === 0) return;
    const ids = context.dialect.isOneOf(
      sql.ref("webhook_id"),
      forgotten.map(({ id }) => id),
    );
    await trx.deleteFrom("webhook_health").where(ids).execute();
    await trx.deleteFrom("webhook_hours").where(ids).execute();
    await trx.deleteFrom("webhook_durations").where(ids).execute();
    await trx.deleteFrom("rate_slots").where(ids).execute();
    await trx.deleteFrom("webhooks").where(isForgotten).execute();
  });
}

class Undo extends Error {}

/** Writes for real, since a disk may be full or read-only, and takes it back. */
async function checkWritable(context: StoreContext): Promise<void> {
  await inTransaction(context, async (trx) => {
    await trx.insertInto("meta").values({ name: "check", value: 0 }).execute();
    throw new Undo();
  }).catch((error: unknown) => {
    if (!(error instanceof Undo)) throw error;
  });
}
