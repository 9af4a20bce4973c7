import { setImmediate as nextTurn } from "node:timers/promises";
import type { Webhook } from "@sidehook/delivery";
import { sql, type Kysely } from "kysely";
import type { StoreContext } from "./context.ts";
import { selectDeliveries } from "./delivery-list.ts";
import { pageOf, parseCursor } from "./page.ts";
import type { Replay, ReplayFilter, ReplayPlan, ReplaySample, ReplayStore } from "./replay.ts";
import { advanceReplay } from "./replay-turn.ts";
import { beginning, find, type MissingEvent, type Position } from "./replay-walk.ts";
import { parseJson, toDate, toJson } from "./rows.ts";
import type { ReplayRow, Schema } from "./schema.ts";
import { ConflictError, NotFoundError, type Page, type PageRequest } from "./store.ts";
import { inTransaction } from "./transaction.ts";

const sampleSize = 5;

/** Replays of many deliveries: rows with a cursor, so that a crash costs nothing and repeats nothing. */
export function createReplays(context: StoreContext): ReplayStore {
  return {
    planReplay: async (filter) => (await planReplay(context, filter)).plan,
    createReplay: (filter, now) => createReplay(context, filter, now),
    getReplay: (id) => getReplay(context.db, id),
    listReplays: (page) => listReplays(context.db, page),
    cancelReplay: (id, now) => cancelReplay(context, id, now),
    advanceReplay: (now) => advanceReplay(context, now),
  };
}

/** Counts step by step, so that a long log holds nobody up. What is written meanwhile does not count. */
async function planReplay(
  context: StoreContext,
  filter: ReplayFilter,
): Promise<{ plan: ReplayPlan; endSeq: number }> {
  const webhook = filter.webhookId === undefined ? undefined : await getWebhook(context, filter.webhookId);
  if (filter.missing && !webhook?.isActive) {
    throw new ConflictError("the webhook is inactive: activate it first, else it would get nothing");
  }
  const endSeq = await readEnd(context.db, filter);
  const sample: (Position | MissingEvent)[] = [];
  let planned = 0;
  let after: Position | null = beginning;
  while (after) {
    const found = await find(context, { filter, after, endSeq, taken: Infinity }, webhook);
    planned += found.rows.length;
    sample.push(...found.rows.slice(0, sampleSize - sample.length));
    after = found.next;
    await nextTurn();
  }
  return { plan: { planned, sample: await toSample(context, filter, sample) }, endSeq };
}

async function getWebhook({ db, webhooks }: StoreContext, id: string): Promise<Webhook> {
  const webhook = (await webhooks.load(db)).byId.get(id);
  if (!webhook) throw new NotFoundError(`webhook ${id}`);
  return webhook;
}

async function readEnd(db: Kysely<Schema>, { missing }: ReplayFilter): Promise<number> {
  const table = missing ? "events" : "deliveries";
  const row = await db.selectFrom(table).select("seq").orderBy("seq", "desc").limit(1).executeTakeFirst();
  return row?.seq ?? 0;
}

async function toSample(
  { db, dialect }: StoreContext,
  { webhookId = "" }: ReplayFilter,
  rows: readonly (Position | MissingEvent)[],
): Promise<ReplaySample[]> {
  const missing = rows.filter((row) => "payload" in row);
  const deliveries = await selectDeliveries(db)
    .where(
      dialect.isOneOf(
        sql.ref("deliveries.seq"),
        rows.filter((row) => !("payload" in row)).map(({ seq }) => seq),
      ),
    )
    .orderBy("deliveries.created_at")
    .orderBy("deliveries.seq")
    .execute();
  return [
    ...missing.map(({ id, type, at }) => ({
      deliveryId: null,
      eventId: id,
      eventType: type,
      webhookId,
      createdAt: new Date(at),
    })),
    ...deliveries.map((row) => ({
      deliveryId: row.id,
      eventId: row.event_id,
      eventType: row.event_type,
      webhookId: row.webhook_id,
      createdAt: new Date(row.created_at),
    })),
  ];
}

async function createReplay(context: StoreContext, filter: ReplayFilter, now: Date): Promise<Replay> {
  const { plan, endSeq } = await planReplay(context, filter);
  const row: ReplayRow = {
    id: context.newId("rpl"),
    filter: toJson(filter),
    state: "running",
    planned: plan.planned,
    done: 0,
    failed: 0,
    turn: 0,
    cursor_at: beginning.at,
    cursor_seq: beginning.seq,
    end_seq: endSeq,
    created_at: now.getTime(),
    touched_at: now.getTime(),
    finished_at: null,
  };
  await inTransaction(context, (trx) => trx.insertInto("replays").values(row).execute());
  return toReplay(row);
}

async function getReplay(db: Kysely<Schema>, id: string): Promise<Replay> {
  const row = await db
    .selectFrom("replays")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirstOrThrow(() => new NotFoundError(`replay ${id}`));
  return toReplay(row);
}

async function listReplays(db: Kysely<Schema>, { limit, cursor }: PageRequest): Promise<Page<Replay>> {
  const before = parseCursor(cursor, ["text"]);
  const rows = await db
    .selectFrom("replays")
    .selectAll()
    .$if(before !== undefined, (query) => query.where("id", "<", before?.[0] ?? ""))
    .orderBy("id", "desc")
    .limit(limit + 1)
    .execute();
  return pageOf(rows, { limit, toItem: toReplay, keyOf: (row) => [row.id] });
}

export function toReplay(row: ReplayRow): Replay {
  const { since, until, ...filter } = parseJson(row.filter) as unknown as StoredFilter;
  return {
    id: row.id,
    filter: {
      ...filter,
      ...(since === undefined ? {} : { since: new Date(since) }),
      ...(until === undefined ? {} : { until: new Date(until) }),
    },
    state: row.state,
    planned: row.planned,
    done: row.done,
    failed: row.failed,
    createdAt: new Date(row.created_at),
    finishedAt: toDate(row.finished_at),
  };
}

/** JSON has no dates. */
type StoredFilter = Omit<ReplayFilter, "since" | "until"> & { since?: string; until?: string };

async function cancelReplay(context: StoreContext, id: string, now: Date): Promise<Replay> {
  return inTransaction(context, async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable("replays")
      .set({ state: "cancelled", finished_at: now.getTime() })
      .where("id", "=", id)
      .where("state", "=", "running")
      .executeTakeFirst();
    const replay = await getReplay(trx, id);
    if (numUpdatedRows === 0n)
      throw new ConflictError(`replay ${id} cannot be cancelled: it is ${replay.state}`);
    return replay;
  });
}
