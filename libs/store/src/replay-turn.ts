import { sql, type Transaction } from "kysely";
import type { StoreContext } from "./context.ts";
import { madeDueAgain } from "./deliveries.ts";
import { laneOf } from "./ingest.ts";
import type { ReplayFilter } from "./replay.ts";
import { find, isMeant, isWanted, type Found, type MissingEvent, type Position } from "./replay-walk.ts";
import { toReplay } from "./replays.ts";
import { lanes, type ReplayRow, type Schema } from "./schema.ts";
import { inTransaction } from "./transaction.ts";

/** What one transaction makes due again: some milliseconds. */
const replayedPerTurn = 500;
/** The replay that has waited longest gets a turn. */
export async function advanceReplay(context: StoreContext, now: Date): Promise<boolean> {
  const row = await context.db
    .selectFrom("replays")
    .selectAll()
    .where("state", "=", sql.lit("running" as const))
    .orderBy("touched_at")
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
  if (!row) return false;
  const { filter } = toReplay(row);
  const webhook =
    filter.webhookId === undefined
      ? undefined
      : (await context.webhooks.load(context.db)).byId.get(filter.webhookId);
  const after = { at: row.cursor_at, seq: row.cursor_seq };
  const found = await find(context, { filter, after, endSeq: row.end_seq, taken: replayedPerTurn }, webhook);
  const isDue = await inTransaction(context, (trx) => takeTurn(context, trx, { row, filter, found, now }));
  if (isDue) context.signal.send();
  return true;
}

interface Turn {
  row: ReplayRow;
  filter: ReplayFilter;
  found: Found<Position | MissingEvent>;
  now: Date;
}

/**
 * The turn's number is the guard: whoever took the turn first has moved it on in the same transaction in which the
 * deliveries became due, so that none is replayed twice, whatever dies and however many sidecars there are.
 */
async function takeTurn(context: StoreContext, trx: Transaction<Schema>, turn: Turn): Promise<boolean> {
  const { row, filter, found, now } = turn;
  await context.dialect.lockWebhooks(trx, "shared");
  const { numUpdatedRows } = await trx
    .updateTable("replays")
    .set({ turn: row.turn + 1 })
    .where("id", "=", row.id)
    .where("state", "=", "running")
    .where("turn", "=", row.turn)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  const done = filter.missing ? await insertMissing(context, trx, turn) : await makeDue(context, trx, turn);
  await trx
    .updateTable("replays")
    .set({
      done: row.done + done,
      failed: row.failed + found.rows.length - done,
      touched_at: Math.max(now.getTime(), row.touched_at + 1),
      ...(found.next
        ? { cursor_at: found.next.at, cursor_seq: found.next.seq }
        : { state: "done", finished_at: now.getTime() }),
    })
    .where("id", "=", row.id)
    .execute();
  return done > 0;
}

async function makeDue({ dialect }: StoreContext, trx: Transaction<Schema>, turn: Turn): Promise<number> {
  const seqs = turn.found.rows.map(({ seq }) => seq);
  const { numUpdatedRows } = await trx
    .updateTable("deliveries")
    .set(madeDueAgain(turn.now))
    .where(dialect.isOneOf(sql.ref("seq"), seqs))
    .where((where) => where.and(isMeant(trx, turn.filter)))
    .where("lease_until", "is", null)
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

async function insertMissing(context: StoreContext, trx: Transaction<Schema>, turn: Turn): Promise<number> {
  const webhook = (await context.webhooks.load(trx)).byId.get(turn.filter.webhookId ?? "");
  if (!webhook) return 0;
  const rows = turn.found.rows.flatMap((event) =>
    "payload" in event && isWanted(webhook, event)
      ? [
          {
            id: context.newId("dlv"),
            event_seq: event.seq,
            webhook_id: webhook.id,
            event_type: event.type,
            site_id: event.site_id,
            lane: laneOf(webhook, lanes.again),
            due_at: turn.now.getTime(),
            next_trigger: "replay" as const,
            created_at: turn.now.getTime(),
          },
        ]
      : [],
  );
  if (rows.length === 0) return 0;
  const inserted = await trx
    .insertInto("deliveries")
    .values(rows)
    .onConflict((conflict) => conflict.columns(["event_seq", "webhook_id"]).doNothing())
    .returning("seq")
    .execute();
  return inserted.length;
}
