import type { Webhook } from "@sidehook/delivery";
import { sql, type Transaction } from "kysely";
import type { StoreContext } from "./context.ts";
import type { DueRow } from "./dialects/dialect.ts";
import { isSingle, maySend } from "./due.ts";
import { findPlaces } from "./rate.ts";
import { lanes, type Schema } from "./schema.ts";
import type { ClaimRequest, WaitingLane } from "./store.ts";
import { isWaiting, shownState } from "./under-way.ts";
import type { WebhookSnapshot } from "./webhook-cache.ts";

/** What one webhook may be given in one claim. */
export interface Turn {
  webhook: Webhook;
  /** Deliveries, tests among them. */
  left: number;
  /** Deliveries but for tests: at most one for a webhook that sends one at a time, none while it is sending. */
  realLeft: number;
  /** Places of its rate limit. */
  places: readonly number[];
  /** Where something may wait; undefined: everywhere. */
  lanes: readonly WaitingLane[] | undefined;
}

interface Opening {
  request: ClaimRequest;
  snapshot: WebhookSnapshot;
}

/** Looks closer only at webhooks that are limited, ordered or held; the others have what was asked for. */
export async function openTurns(
  context: StoreContext,
  trx: Transaction<Schema>,
  { request: { slots, now }, snapshot }: Opening,
): Promise<Turn[]> {
  const turns: Turn[] = [];
  for (const { webhookId, limit, lanes: waiting } of slots) {
    const webhook = snapshot.byId.get(webhookId);
    if (!webhook || limit <= 0) continue;
    const places = webhook.rateLimit ? await findPlaces(context, trx, { webhookId, limit, now }) : [];
    const left = webhook.rateLimit ? places.length : limit;
    if (left === 0) continue;
    const isFree = !isSingle(webhook);
    const realLeft = isFree ? left : Number(await isIdle(context, trx, webhookId));
    turns.push({ webhook, left, places, lanes: waiting, realLeft: maySend(webhook) ? realLeft : 0 });
  }
  return turns;
}

/** True if the webhook is sending nothing and nobody else is about to. */
async function isIdle(
  { dialect }: StoreContext,
  trx: Transaction<Schema>,
  webhookId: string,
): Promise<boolean> {
  if (!(await dialect.tryLockWebhook(trx, webhookId))) return false;
  const { rows } = await sql`
    select seq from sending where webhook_id = ${webhookId} and is_test = 0 limit 1`.execute(trx);
  return rows.length === 0;
}

interface Taking {
  turns: readonly Turn[];
  now: Date;
}

/** Lane by lane, so that first attempts go before retries and a backlog of retries is never walked over. */
export async function takeDue(
  context: StoreContext,
  trx: Transaction<Schema>,
  { turns, now }: Taking,
): Promise<DueRow[]> {
  const taken: DueRow[] = [];
  const turnOf = new Map(turns.map((turn) => [turn.webhook.id, turn]));
  const take = (rows: readonly DueRow[], lane: number) => {
    for (const row of rows) {
      const turn = turnOf.get(row.webhook_id);
      if (!turn) continue;
      taken.push(row);
      turn.left--;
      if (lane !== lanes.test) turn.realLeft--;
    }
  };
  for (const lane of [lanes.test, lanes.first, lanes.again, lanes.ordered]) {
    const slots = turns
      .map((turn) => ({
        webhookId: turn.webhook.id,
        limit: limitOf(turn, lane),
        after: waitingLaneOf(turn, lane)?.claimedTo,
      }))
      .filter(({ limit }) => limit > 0);
    if (slots.length === 0) continue;
    const rows = await context.dialect.selectDue(trx, { lane, slots, dueBefore: dueBefore(lane, now) });
    take(rows, lane);
    const rowsOf = Map.groupBy(rows, ({ webhook_id }) => webhook_id);
    for (const { webhookId, limit } of slots) {
      const waiting = waitingLaneOf(turnOf.get(webhookId), lane);
      if (waiting) noteClaimed(waiting, limit, rowsOf.get(webhookId) ?? []);
    }
  }
  for (const turn of turns) {
    if (!isSingle(turn.webhook) || turn.left <= 0 || turn.realLeft <= 0) continue;
    take(await takeOne(context, trx, { webhook: turn.webhook, now }), lanes.ordered);
  }
  return taken;
}

function waitingLaneOf(turn: Turn | undefined, lane: number): WaitingLane | undefined {
  return turn?.lanes?.find((waiting) => waiting.lane === lane);
}

/** Before the commit: what is passed over because that failed is found when the list is read anew. */
function noteClaimed(waiting: WaitingLane, limit: number, rows: readonly DueRow[]): void {
  const last = rows.at(-1);
  if (last) waiting.claimedTo = { dueAt: last.due_at, seq: last.seq };
  // Who was given only one had to share with many others, and most have one.
  waiting.isPerhapsEmpty = rows.length < limit || limit === 1;
}

/** A held webhook gets what a person wants sent; an ordered one is given its one elsewhere. */
function limitOf(turn: Turn, lane: number): number {
  const { webhook, left, realLeft } = turn;
  if (turn.lanes && !waitingLaneOf(turn, lane)) return 0;
  if (lane === lanes.test) return left;
  if (webhook.isOrdered) return 0;
  if (lane === lanes.first && webhook.heldSince !== null) return 0;
  if (lane === lanes.ordered && isSingle(webhook)) return 0;
  return Math.min(left, realLeft);
}

/** First attempts and tests are due at once, also when the clock has been set back since. */
function dueBefore(lane: number, now: Date): number {
  return lane === lanes.test || lane === lanes.first ? Number.MAX_SAFE_INTEGER : now.getTime();
}

interface One {
  webhook: Webhook;
  now: Date;
}

/** The delivery whose turn it is in the ordered lane, or the probe of a held webhook. */
async function takeOne(
  context: StoreContext,
  trx: Transaction<Schema>,
  { webhook, now }: One,
): Promise<DueRow[]> {
  const isProbe = webhook.heldSince !== null;
  if (webhook.isOrdered && (await hasUnordered(trx, webhook.id))) return [];
  if (isProbe && !(await isProbeDue(trx, webhook.id, now))) return [];
  const head = await takeHead(context, trx, { webhookId: webhook.id, dueBefore: isProbe ? null : now });
  if (head.length > 0 || !isProbe) return head;
  for (const lane of [lanes.held, lanes.first, lanes.again]) {
    const slots = [{ webhookId: webhook.id, limit: 1 }];
    const rows = await context.dialect.selectDue(trx, { lane, slots, dueBefore: Number.MAX_SAFE_INTEGER });
    if (rows.length > 0) return rows;
  }
  return [];
}

/** Something waits from before the webhook became ordered, and is on its way into the order. */
async function hasUnordered(trx: Transaction<Schema>, webhookId: string): Promise<boolean> {
  const { rows } = await sql`
    select seq from deliveries
    where ${isWaiting} and webhook_id = ${webhookId} and lane in (${sql.lit(lanes.first)}, ${sql.lit(lanes.again)})
    limit 1`.execute(trx);
  return rows.length > 0;
}

async function isProbeDue(trx: Transaction<Schema>, webhookId: string, now: Date): Promise<boolean> {
  const row = await trx
    .selectFrom("webhook_health")
    .select("probe_at")
    .where("webhook_id", "=", webhookId)
    .executeTakeFirst();
  return (row?.probe_at ?? 0) <= now.getTime();
}

interface Head {
  webhookId: string;
  /** Null: a probe goes before its time. */
  dueBefore: Date | null;
}

/** The first that is not finished, by the order in which events were accepted; nothing if it has to wait. */
async function takeHead(
  { dialect }: StoreContext,
  trx: Transaction<Schema>,
  { webhookId, dueBefore: before }: Head,
): Promise<DueRow[]> {
  type HeadRow = DueRow & { state: string; attempt_count: number };
  const { rows } = await sql<HeadRow>`
    select seq, event_seq, webhook_id, ${shownState} as state, attempt_count, due_at from deliveries
    where webhook_id = ${webhookId} and lane = ${sql.lit(lanes.ordered)} and finished_at is null
    order by seq limit 1 ${dialect.lockRows}`.execute(trx);
  return rows.filter(
    ({ state, attempt_count, due_at }) =>
      state === "pending" && (before === null || attempt_count === 0 || due_at <= before.getTime()),
  );
}
