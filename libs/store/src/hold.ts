import { storeDurations } from "./durations.ts";
import { mustHold, probeWaitMs, type Webhook } from "@sidehook/delivery";
import { sql, type Kysely, type Selectable, type Transaction } from "kysely";
import type { StoreContext } from "./context.ts";
import { countUnfinished } from "./health.ts";
import { laneOf } from "./ingest.ts";
import { emit, type OwnEvent } from "./own-events.ts";
import { toDate } from "./rows.ts";
import { allLanes, lanes, type HealthRow, type Schema } from "./schema.ts";
import type { Store } from "./store.ts";
import { inTransaction } from "./transaction.ts";
import { isWaiting } from "./under-way.ts";
import { bumpWebhooksVersion } from "./webhook-cache.ts";

/** What is moved to the waiting room of a held webhook in one transaction, and how many of these in one go. */
const movedPerCommit = 500;
const commitsPerGo = 20;
/** A receiver that is back gets so much of its backlog a second, and not more before it has taken that. */
const releasedAtOnce = 100;
const releaseEveryMs = 1_000;

/** Webhooks that fail for long, and those that are back. */
export function createHold(context: StoreContext): Pick<Store, "tendWebhooks"> {
  return { tendWebhooks: (now) => tendWebhooks(context, now) };
}

async function tendWebhooks(context: StoreContext, now: Date): Promise<void> {
  await storeDurations(context);
  const { byId } = await context.webhooks.load(context.db);
  const rows = await context.db
    .selectFrom("webhook_health")
    .selectAll()
    .where((where) => where.or([where("failures", ">", 0), where("probe_at", "is not", null)]))
    .execute();
  await turnWebhooks(
    context,
    rows.filter((row) => isTurned(byId.get(row.webhook_id), row, now)).map(({ webhook_id }) => webhook_id),
    now,
  );
  await moveBacklogs(context, now);
}

type Health = Selectable<HealthRow>;

/** True if the webhook must be held and is not, or is and has answered. */
export function isTurned(webhook: Webhook | undefined, health: Health, now: Date): boolean {
  if (!webhook) return false;
  const { heldSince } = webhook;
  if (heldSince !== null) {
    return health.failing_since === null || (health.last_success_at ?? 0) >= heldSince.getTime();
  }
  const run = { failingSince: toDate(health.failing_since), failures: health.failures };
  return webhook.isActive && mustHold(run, now);
}

/** Holds or lets go these webhooks, each with the event that tells it, if that is still what is to be done. */
export async function turnWebhooks(context: StoreContext, ids: readonly string[], now: Date): Promise<void> {
  for (const id of ids) {
    const isDue = await inTransaction(context, (trx) => turnWebhook(context, trx, { id, now }));
    if (isDue) context.signal.send();
  }
}

async function turnWebhook(
  context: StoreContext,
  trx: Transaction<Schema>,
  { id, now }: { id: string; now: Date },
): Promise<boolean> {
  await context.dialect.lockWebhooks(trx, "exclusive");
  const webhook = (await context.webhooks.load(trx)).byId.get(id);
  const health = await readHealth(trx, id);
  if (!webhook || !health || !isTurned(webhook, health, now)) return false;
  const isHeldNow = webhook.heldSince === null;
  const event = await turnEvent(trx, { webhook, health });
  await emit(context, trx, { events: [event], now });
  await trx
    .updateTable("webhooks")
    .set({ held_since: isHeldNow ? now.getTime() : null })
    .where("id", "=", id)
    .execute();
  const probeAt = now.getTime() + (isHeldNow ? probeWaitMs(0) : 0);
  await trx
    .updateTable("webhook_health")
    .set({ probe_at: probeAt, probes: 0 })
    .where("webhook_id", "=", id)
    .execute();
  await bumpWebhooksVersion(trx);
  return true;
}

function readHealth(db: Kysely<Schema>, webhookId: string): Promise<Health | undefined> {
  return db.selectFrom("webhook_health").selectAll().where("webhook_id", "=", webhookId).executeTakeFirst();
}

async function turnEvent(
  trx: Transaction<Schema>,
  { webhook, health }: { webhook: Webhook; health: Health },
): Promise<OwnEvent> {
  const waiting = await countUnfinished(trx, webhook.id);
  if (webhook.heldSince) {
    const facts = { held_since: webhook.heldSince.toISOString(), probes: health.probes, waiting };
    return { type: "sidehook.webhook_recovered", webhook, reason: null, facts };
  }
  const failingSince = toDate(health.failing_since)?.toISOString() ?? null;
  const facts = { failing_since: failingSince, failed_attempts: health.failures, waiting };
  return { type: "sidehook.webhook_held", webhook, reason: health.last_failure_class, facts };
}

/** After a failed attempt of held webhooks: the next probe goes out later. */
export async function delayProbes(
  trx: Transaction<Schema>,
  health: readonly Pick<Health, "webhook_id" | "probes">[],
  now: Date,
): Promise<void> {
  for (const { webhook_id, probes } of health) {
    await trx
      .updateTable("webhook_health")
      .set({ probes: probes + 1, probe_at: now.getTime() + probeWaitMs(probes + 1) })
      .where("webhook_id", "=", webhook_id)
      .execute();
  }
}

/** A person wants it tried: what has been counts no more. */
export async function forgetFailures(trx: Transaction<Schema>, webhookId: string): Promise<void> {
  await trx
    .updateTable("webhook_health")
    .set({ failing_since: null, failures: 0, probe_at: null, probes: 0 })
    .where("webhook_id", "=", webhookId)
    .execute();
}

/**
 * Ordered webhooks keep what waits for them in their own lane, from which one goes at a time anyway; what waited before
 * a webhook became ordered has to get there before anything is sent.
 */
async function moveBacklogs(context: StoreContext, now: Date): Promise<void> {
  const { byId } = await context.webhooks.load(context.db);
  for (const { webhook_id, lane } of await context.dialect.listWaiting(context.db, allLanes)) {
    const webhook = byId.get(webhook_id);
    if (!webhook) continue;
    const isHeld = webhook.heldSince !== null;
    const isInTheWay = lane === lanes.first || lane === lanes.again;
    if (isInTheWay && webhook.isOrdered)
      await move(context, { webhookId: webhook.id, lane, to: lanes.ordered });
    else if (isHeld && isInTheWay) await move(context, { webhookId: webhook.id, lane, to: lanes.held });
    if (!isHeld && lane === lanes.held) await release(context, webhook, now);
  }
}

interface Move {
  webhookId: string;
  lane: number;
  to: number;
}

/** What a person has asked for stays where it is, and is sent, but for its turn in an order. */
async function move(context: StoreContext, { webhookId, lane, to }: Move): Promise<void> {
  for (let commit = 0; commit < commitsPerGo; commit++) {
    const { numUpdatedRows } = await inTransaction(context, (trx) =>
      trx
        .updateTable("deliveries")
        .set({ lane: to })
        .where(isWaiting)
        .where("seq", "in", (query) =>
          query
            .selectFrom("deliveries")
            .select("seq")
            .where(isWaiting)
            .where("webhook_id", "=", webhookId)
            .where("lane", "=", lane)
            .$if(to === lanes.held, (some) => some.where("next_trigger", "=", "automatic"))
            .orderBy("due_at")
            .orderBy("seq")
            .limit(movedPerCommit),
        )
        .executeTakeFirst(),
    );
    if (numUpdatedRows < movedPerCommit) return;
  }
}

/** Whoever moves the time on may release, so that several processes are no faster than one. */
async function release(context: StoreContext, webhook: Webhook, now: Date): Promise<void> {
  const count = await inTransaction(context, async (trx) => {
    const { numUpdatedRows: turns } = await trx
      .updateTable("webhook_health")
      .set({ probe_at: now.getTime() + releaseEveryMs })
      .where("webhook_id", "=", webhook.id)
      .where(sql<boolean>`coalesce(probe_at, 0) <= ${now.getTime()}`)
      .executeTakeFirst();
    if (turns === 0n) return 0;
    const limit = releasedAtOnce - (await countDue(context, trx, { webhookId: webhook.id, now }));
    if (limit <= 0) return 0;
    const slots = [{ webhookId: webhook.id, limit }];
    const dueBefore = Number.MAX_SAFE_INTEGER;
    const rows = await context.dialect.selectDue(trx, { lane: lanes.held, slots, dueBefore });
    const seqs = rows.map(({ seq }) => seq);
    await trx
      .updateTable("deliveries")
      .set({ lane: laneOf(webhook, lanes.again), due_at: now.getTime() })
      .where(context.dialect.isOneOf(sql.ref("seq"), seqs))
      .execute();
    return seqs.length;
  });
  if (count > 0) context.signal.send();
}

/** Of what was released before and has not been taken yet. */
async function countDue(
  { dialect }: StoreContext,
  trx: Transaction<Schema>,
  { webhookId, now }: { webhookId: string; now: Date },
): Promise<number> {
  const slots = [{ webhookId, limit: releasedAtOnce }];
  const rows = await dialect.selectDue(trx, { lane: lanes.again, slots, dueBefore: now.getTime() });
  return rows.length;
}
