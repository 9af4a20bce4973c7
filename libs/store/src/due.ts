import type { Webhook } from "@sidehook/delivery";
import { sql } from "kysely";
import type { StoreContext } from "./context.ts";
import { createDueListing, type Looked } from "./due-listing.ts";
import { listFreeTimes } from "./rate.ts";
import { lanes } from "./schema.ts";
import type { DueWebhook } from "./store.ts";

/** Tests go in any case; what waits for an inactive or paused webhook waits on. */
export function maySend(webhook: Webhook): boolean {
  return webhook.isActive && !webhook.isPaused;
}

/** True for a webhook that sends no second delivery before the first is answered. */
export function isSingle(webhook: Webhook): boolean {
  return webhook.isOrdered || webhook.heldSince !== null;
}

/** `listDueWebhooks` of the store. */
export function createDueWebhooks(context: StoreContext): () => Promise<DueWebhook[]> {
  const { db, dialect, webhooks, now } = context;
  return createDueListing({
    async look(range) {
      const [{ byId }, rows] = await Promise.all([webhooks.load(db), dialect.listWaiting(db, range)]);
      return { byId, rows };
    },
    listDue: (looked) => listDue(context, looked),
    now,
    monotonicMs: () => performance.now(),
  });
}

async function listDue(context: StoreContext, { rows, byId }: Looked): Promise<DueWebhook[]> {
  const now = new Date(context.now());
  const waiting = Map.groupBy(rows, ({ webhook_id }) => webhook_id);
  const webhooks = [...waiting.keys()].map((id) => byId.get(id)).filter((webhook) => webhook !== undefined);
  const singles = await listSingles(context, webhooks.filter(isSingle));
  const limited = webhooks.filter(({ rateLimit }) => rateLimit !== null).map(({ id }) => id);
  const freeAt = await listFreeTimes(context, limited, now);
  return webhooks.flatMap((webhook) => {
    const { id } = webhook;
    const earliest = new Map(waiting.get(id)?.map(({ lane, due_at }) => [lane, due_at]));
    const isTest = earliest.has(lanes.test);
    const times = maySend(webhook) ? dueTimes(webhook, { earliest, single: singles.get(id), now }) : [];
    if (isTest) times.push(now.getTime());
    if (times.length === 0) return [];
    const dueAt = new Date(Math.max(Math.min(...times), freeAt.get(id) ?? 0));
    const ownLimit = isSingle(webhook) ? 1 + Number(isTest) : webhook.maxConcurrency;
    const canClaimAhead = !isSingle(webhook) && webhook.rateLimit === null;
    const waitingLanes = [...earliest.keys()].map((lane) => ({ lane }));
    return [{ webhookId: id, lanes: waitingLanes, dueAt, maxConcurrency: ownLimit, canClaimAhead }];
  });
}

/** What a webhook that sends one at a time has to wait for, besides what is in its lanes. */
export interface Single {
  isSending: boolean;
  /** First of the ordered lane; 0 for a first attempt. */
  headDueAt: number | null;
  probeAt: number | null;
}

async function listSingles(
  { db, dialect }: StoreContext,
  webhooks: readonly Webhook[],
): Promise<Map<string, Single>> {
  if (webhooks.length === 0) return new Map();
  const asked = dialect.tableOf(
    { id: "text" },
    webhooks.map(({ id }) => ({ id })),
  );
  const { rows } = await sql<{
    id: string;
    sending: number | null;
    head_due_at: number | null;
    probe_at: number | null;
  }>`
    select id, (
      select seq from sending where webhook_id = asked.id and is_test = 0 limit 1) as sending, (
      select case when attempt_count = 0 then 0 else due_at end from deliveries
      where webhook_id = asked.id and lane = ${sql.lit(lanes.ordered)} and finished_at is null
      order by seq limit 1) as head_due_at, (
      select probe_at from webhook_health where webhook_id = asked.id) as probe_at
    from ${asked} as asked`.execute(db);
  return new Map(
    rows.map((row) => [
      row.id,
      { isSending: row.sending !== null, headDueAt: row.head_due_at, probeAt: row.probe_at },
    ]),
  );
}

interface DueInput {
  earliest: ReadonlyMap<number, number>;
  single: Single | undefined;
  now: Date;
}

/** First attempts are due at once, also when the clock has been set back since the event came. */
function dueTimes(webhook: Webhook, { earliest, single, now }: DueInput): number[] {
  if (single?.isSending) return [];
  const again = earliest.get(lanes.again);
  const atOnce = earliest.has(lanes.first) ? now.getTime() : undefined;
  const times = webhook.heldSince
    ? [again, probeTime(earliest, single)]
    : [again, atOnce, single ? (single.headDueAt ?? undefined) : earliest.get(lanes.ordered)];
  return times.filter((ms) => ms !== undefined);
}

function probeTime(earliest: ReadonlyMap<number, number>, single: Single | undefined): number | undefined {
  const hasBacklog = [lanes.first, lanes.again, lanes.held, lanes.ordered].some((lane) => earliest.has(lane));
  return hasBacklog ? (single?.probeAt ?? 0) : undefined;
}
