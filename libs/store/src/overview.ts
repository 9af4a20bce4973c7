import { isWaiting } from "./under-way.ts";
import type { Webhook } from "@sidehook/delivery";
import { sql, type RawBuilder } from "kysely";
import type { StoreContext } from "./context.ts";
import { isSingle, maySend } from "./due.ts";
import { toDate } from "./rows.ts";
import { allLanes, lanes } from "./schema.ts";
import { countLimit } from "./store.ts";

const dayMs = 24 * 3_600_000;
/** The books are about so many events and deliveries at most: a million would take 20 ms to count. */
const bookLimit = 100_000;

/** What waits, and since when. Counted up to `countLimit`. */
export interface Backlog {
  waiting: number;
  sending: number;
  /** When the oldest delivery that is unfinished was made; null without any. */
  oldestAt: Date | null;
}

/**
 * The deliveries made since `since`, each in exactly one of the last four numbers. Tests are among them, as are those
 * of deleted webhooks.
 */
export interface Books {
  /** A day ago, or later on a busy network: the newest 100,000 are counted. */
  since: Date;
  events: number;
  deliveries: number;
  delivered: number;
  /** Waiting or being sent. */
  unfinished: number;
  failed: number;
  cancelled: number;
}

export interface HourCount {
  /** Beginning of the hour. */
  at: Date;
  delivered: number;
  failed: number;
}

/** The part of the store that tells how all is going. */
export interface OverviewStore {
  readBacklog(): Promise<Backlog>;
  readBooks(now: Date): Promise<Books>;
  /**
   * For how long the delivery that waits longest could have been sent. What waits for its turn, its rate limit or a
   * held webhook's probe is as it should be and does not count.
   */
  readDelayMs(now: Date): Promise<number>;
  /** What ended in each hour from `since` on, for each of these webhooks; hours without anything are left out. */
  listWebhookHours(ids: readonly string[], since: Date): Promise<Map<string, HourCount[]>>;
  /** When the earliest retry of each of these webhooks is due; those without one are left out. */
  listNextRetries(ids: readonly string[]): Promise<Map<string, Date>>;
}

export function createOverview(context: StoreContext): OverviewStore {
  return {
    readBacklog: () => readBacklog(context),
    readBooks: (now) => readBooks(context, now),
    readDelayMs: (now) => readDelayMs(context, now),
    listWebhookHours: (ids, since) => listWebhookHours(context, ids, since),
    listNextRetries: (ids) => listNextRetries(context, ids),
  };
}

type State = "pending" | "sending" | "failed" | "cancelled";

/** As the index of each state wants to be asked. */
function inState(state: State): RawBuilder<unknown> {
  if (state === "sending") return sql`from sending where true`;
  return state === "pending"
    ? sql`from deliveries where ${isWaiting} and finished_at is null`
    : sql`from deliveries where state = ${sql.lit(state)} and state <> 'delivered' and finished_at is not null`;
}

function counted(rows: RawBuilder<unknown>, limit: number): RawBuilder<unknown> {
  return sql`(select count(*) from (select seq ${rows} limit ${sql.lit(limit)}) as found)`;
}

async function readBacklog({ db }: StoreContext): Promise<Backlog> {
  // Few are being sent at a time; the limit keeps the order from being taken from an index of all that was ever sent.
  const sending = sql`(select created_at ${inState("sending")} limit ${sql.lit(countLimit)})`;
  const { rows } = await sql<{
    waiting: number;
    sending: number;
    oldest_waiting: number | null;
    oldest_sending: number | null;
  }>`
    select ${counted(inState("pending"), countLimit)} as waiting,
      ${counted(inState("sending"), countLimit)} as sending,
      (select created_at ${inState("pending")} order by created_at limit 1) as oldest_waiting,
      (select min(created_at) from ${sending} as sending) as oldest_sending`.execute(db);
  const [row] = rows;
  const times = [row?.oldest_waiting, row?.oldest_sending].filter((time) => typeof time === "number");
  return {
    waiting: row?.waiting ?? 0,
    sending: row?.sending ?? 0,
    oldestAt: times.length === 0 ? null : new Date(Math.min(...times)),
  };
}

/** One statement, so that all numbers are of one moment. */
async function readBooks(context: StoreContext, now: Date): Promise<Books> {
  const since = await startOfBooks(context, now);
  const made = (state: State) =>
    counted(sql`${inState(state)} and created_at >= ${since.getTime()}`, bookLimit);
  const { rows } = await sql<Omit<Books, "since" | "delivered">>`
    select (select count(*) from events where received_at >= ${since.getTime()}) as events,
      (select count(*) from deliveries where created_at >= ${since.getTime()}) as deliveries,
      ${made("pending")} + ${made("sending")} as unfinished,
      ${made("failed")} as failed,
      ${made("cancelled")} as cancelled`.execute(context.db);
  const { events = 0, deliveries = 0, unfinished = 0, failed = 0, cancelled = 0 } = rows[0] ?? {};
  const delivered = deliveries - unfinished - failed - cancelled;
  return { since, events, deliveries, delivered, unfinished, failed, cancelled };
}

async function startOfBooks({ db }: StoreContext, now: Date): Promise<Date> {
  const dayAgo = now.getTime() - dayMs;
  const { rows } = await sql<{ at: number }>`
    select max(at) as at from (
      select * from (
        select created_at + 1 as at from deliveries where created_at >= ${dayAgo}
        order by created_at desc limit 1 offset ${sql.lit(bookLimit)}) as deliveries_counted
      union all select * from (
        select received_at + 1 as at from events where received_at >= ${dayAgo}
        order by received_at desc limit 1 offset ${sql.lit(bookLimit)}) as events_counted
      union all select ${sql.lit(dayAgo)}) as starts`.execute(db);
  return new Date(rows[0]?.at ?? dayAgo);
}

/** Sends whatever is due as fast as it can. */
function isFree(webhook: Webhook | undefined): boolean {
  return webhook !== undefined && maySend(webhook) && !isSingle(webhook) && webhook.rateLimit === null;
}

async function readDelayMs(context: StoreContext, now: Date): Promise<number> {
  const { byId } = await context.webhooks.load(context.db);
  const times = (await context.dialect.listWaiting(context.db, allLanes))
    .filter(({ webhook_id, lane }) => lane !== lanes.test && isFree(byId.get(webhook_id)))
    .map(({ due_at }) => due_at);
  return now.getTime() - Math.min(now.getTime(), ...times);
}

async function listWebhookHours(
  { db, dialect }: StoreContext,
  ids: readonly string[],
  since: Date,
): Promise<Map<string, HourCount[]>> {
  const rows = await db
    .selectFrom("webhook_hours")
    .selectAll()
    .where(dialect.isOneOf(sql.ref("webhook_id"), ids))
    .where("hour_at", ">=", since.getTime())
    .orderBy("hour_at")
    .execute();
  const hours = new Map<string, HourCount[]>();
  for (const { webhook_id, hour_at, delivered, failed } of rows) {
    const list = hours.get(webhook_id) ?? [];
    hours.set(webhook_id, list);
    list.push({ at: new Date(hour_at), delivered, failed });
  }
  return hours;
}

async function listNextRetries(
  { db, dialect }: StoreContext,
  ids: readonly string[],
): Promise<Map<string, Date>> {
  if (ids.length === 0) return new Map();
  const asked = dialect.tableOf(
    { id: "text" },
    ids.map((id) => ({ id })),
  );
  const { rows } = await sql<{ id: string; due_at: number | null }>`
    select id, coalesce((
      select due_at from deliveries
      where webhook_id = asked.id and lane = ${sql.lit(lanes.again)} and ${isWaiting}
      order by due_at limit 1), (
      select case when attempt_count > 0 then due_at end from deliveries
      where webhook_id = asked.id and lane = ${sql.lit(lanes.ordered)} and finished_at is null
      order by seq limit 1)) as due_at
    from ${asked} as asked`.execute(db);
  return new Map(
    rows.flatMap(({ id, due_at }) => {
      const dueAt = toDate(due_at);
      return dueAt === null ? [] : [[id, dueAt] as const];
    }),
  );
}
