import { isOwnEvent, type Decision } from "@sidehook/delivery";
import { sql, type Transaction } from "kysely";
import { createBatch, type Batch } from "./batch.ts";
import type { StoreContext } from "./context.ts";
import { recordHealth } from "./health.ts";
import { delayProbes, isTurned, turnWebhooks } from "./hold.ts";
import { laneOf } from "./ingest.ts";
import { keepHeld } from "./keep-held.ts";
import { emit, type OwnEvent } from "./own-events.ts";
import { seqOfToken } from "./queue.ts";
import { periodOf, returnPlaces } from "./rate.ts";
import { fromAttempt } from "./rows.ts";
import { lanes, type Schema } from "./schema.ts";
import type { AttemptRecord, Store } from "./store.ts";
import { inGuardedTransaction } from "./transaction.ts";
import { bumpWebhooksVersion, type WebhookSnapshot } from "./webhook-cache.ts";

const maxRecordsPerCommit = 500;

/** An attempt and the time at which its recording was asked for. */
export interface Made {
  record: AttemptRecord;
  now: Date;
}

/** Whether the attempt was recorded; false if its claim was no longer valid. */
type IsRecorded = boolean;

/** Recording attempts. `batch` is drained before the database is closed. */
export function createRecording(
  context: StoreContext,
): Pick<Store, "recordAttempts"> & { batch: Batch<Made, IsRecorded> } {
  const batch = createBatch<Made, IsRecorded>({
    commit: (group) => commitAttempts(context, group),
    maxSize: () => maxRecordsPerCommit,
    isNobodysFault: (error) => context.dialect.isConflict(error) || context.dialect.isUnavailable(error),
  });
  return {
    batch,
    async recordAttempts(records, now) {
      const isRecorded = await Promise.all(records.map((record) => batch.add({ record, now })));
      return { lost: records.filter((_, index) => !isRecorded[index]).map(({ deliveryId }) => deliveryId) };
    },
  };
}

async function commitAttempts(context: StoreContext, group: readonly Made[]): Promise<IsRecorded[]> {
  const first = firstOfEachClaim(group);
  const { claims, isDue, turned } = await inGuardedTransaction(context, async (trx) => {
    // Before any row is locked: whoever deletes a webhook takes this lock first, too.
    if (first.some(saysGone)) await context.dialect.lockWebhooks(trx, "exclusive");
    else if (first.some(hasFailed)) await context.dialect.lockWebhooks(trx, "shared");
    return storeAttempts(context, trx, first);
  });
  if (isDue) context.signal.send();
  if (turned.length > 0) await turnWebhooks(context, turned, lastOf(group).now);
  const isRecorded = new Set(first.filter(({ record }) => claims.has(record.claimToken)));
  return group.map((made) => isRecorded.has(made));
}

interface Stored {
  claims: ReadonlyMap<string, Claimed>;
  /** True if something became due for another webhook. */
  isDue: boolean;
  /** Webhooks that have failed for so long that they are to be held, or have answered again. */
  turned: readonly string[];
}

async function storeAttempts(
  context: StoreContext,
  trx: Transaction<Schema>,
  made: readonly Made[],
): Promise<Stored> {
  const snapshot = await context.webhooks.load(trx);
  const patient = await keepHeld(context, trx, { made, snapshot });
  const claims = await updateClaimed(context, trx, { made: patient, snapshot });
  const recorded = patient.filter(({ record }) => claims.has(record.claimToken));
  if (recorded.length === 0) return { claims, isDue: false, turned: [] };
  await insertAttempts(context, trx, { recorded, claims });
  const { now } = lastOf(recorded);
  const health = await recordHealth(trx, recorded);
  await delayProbes(
    trx,
    health.filter((row) => row.failing_since !== null && snapshot.byId.get(row.webhook_id)?.heldSince),
    now,
  );
  await giveBackPlaces(context, trx, { recorded, claims, snapshot });
  const events = [...failedEvents(recorded, { claims, snapshot }), ...goneEvents(recorded, snapshot)];
  const isDue = await emit(context, trx, { events, now });
  await deactivate(trx, recorded.filter(saysGone));
  const turned = health.filter((row) => isTurned(snapshot.byId.get(row.webhook_id), row, now));
  return { claims, isDue, turned: turned.map(({ webhook_id }) => webhook_id) };
}

function lastOf(made: readonly Made[]): Made {
  const last = made.at(-1);
  if (!last) throw new Error("there is nothing to record");
  return last;
}

/** A second record under the same claim is as lost as a late one. */
function firstOfEachClaim(group: readonly Made[]): Made[] {
  const byToken = new Map<string, Made>();
  for (const made of group) {
    const { claimToken } = made.record;
    if (!byToken.has(claimToken)) byToken.set(claimToken, made);
  }
  return [...byToken.values()];
}

function hasFailed({ record: { decision } }: Made): boolean {
  return decision.state === "failed";
}

function saysGone({ record: { decision } }: Made): boolean {
  return decision.state === "failed" && decision.isWebhookGone;
}

/** The rows that a claim stands for. */
interface Claimed {
  seq: number;
  event_seq: number;
  event_type: string;
}

/** Guarded by the claim: what was rescued, cancelled or deleted meanwhile stays as it is. Answers what was held, by token. */
async function updateClaimed(
  { dialect }: StoreContext,
  trx: Transaction<Schema>,
  { made, snapshot }: { made: readonly Made[]; snapshot: WebhookSnapshot },
): Promise<Map<string, Claimed>> {
  const next = dialect.tableOf(
    {
      seq: "bigint",
      token: "text",
      state: "text",
      due_at: "bigint",
      failure_class: "text",
      finished_at: "bigint",
      lane: "bigint",
    },
    made.flatMap((each) => nextState(each, snapshot)),
  );
  const { rows } = await sql<Claimed & { claim_token: string }>`
    update deliveries set
      state = next.state, due_at = next.due_at, failure_class = next.failure_class, finished_at = next.finished_at,
      attempt_count = attempt_count + 1, lease_until = null,
      lane = case when is_test = 1 then ${sql.lit(lanes.test)} else next.lane end,
      next_trigger = case when is_test = 1 then 'test' else 'automatic' end
    from ${next} as next
    where deliveries.seq = next.seq and deliveries.claim_token = next.token and deliveries.state = 'sending'
    returning deliveries.seq, event_seq, event_type, claim_token`.execute(trx);
  return new Map(rows.map((row) => [row.claim_token, row]));
}

function nextState({ record, now }: Made, { byId }: WebhookSnapshot) {
  const seq = seqOfToken(record.claimToken);
  if (seq === undefined) return [];
  const { decision } = record;
  const webhook = byId.get(record.webhookId);
  return [
    {
      seq,
      token: record.claimToken,
      state: decision.state,
      due_at: decision.state === "pending" ? decision.nextAttemptAt.getTime() : null,
      failure_class: failureClassOf(decision),
      finished_at: decision.state === "pending" ? null : now.getTime(),
      lane: webhook ? laneOf(webhook, lanes.again) : lanes.again,
    },
  ];
}

function failureClassOf(decision: Decision): string | null {
  return decision.state === "delivered" ? null : decision.failureClass;
}

interface Recorded {
  recorded: readonly Made[];
  claims: ReadonlyMap<string, Claimed>;
}

async function insertAttempts(
  { dialect, newId }: StoreContext,
  trx: Transaction<Schema>,
  { recorded, claims }: Recorded,
): Promise<void> {
  const eventSeqs = new Set([...claims.values()].map(({ event_seq }) => event_seq));
  const events = await trx
    .selectFrom("events")
    .select(["seq", "payload"])
    .where(dialect.isOneOf(sql.ref("seq"), [...eventSeqs]))
    .execute();
  const payloads = new Map(events.map(({ seq, payload }) => [seq, payload]));
  const rows = recorded.flatMap(({ record }) => {
    const claim = claims.get(record.claimToken);
    const payload = claim && payloads.get(claim.event_seq);
    if (!claim || payload === undefined) return [];
    const attempt = fromAttempt(record.attempt, payload);
    return [{ id: newId("att"), delivery_seq: claim.seq, webhook_id: record.webhookId, ...attempt }];
  });
  await trx.insertInto("attempts").values(rows).execute();
}

/** The receiver said 410: it wants nothing more, which is how REST hooks are switched off from the other side. */
async function deactivate(trx: Transaction<Schema>, gone: readonly Made[]): Promise<void> {
  if (gone.length === 0) return;
  for (const { record, now } of gone) {
    await trx
      .updateTable("webhooks")
      .set({ is_active: 0, disabled_reason: "gone", updated_at: now.getTime() })
      .where("id", "=", record.webhookId)
      .where("is_active", "=", 1)
      .execute();
  }
  await bumpWebhooksVersion(trx);
}

interface Answered extends Recorded {
  snapshot: WebhookSnapshot;
}

async function giveBackPlaces(
  context: StoreContext,
  trx: Transaction<Schema>,
  { recorded, claims, snapshot }: Answered,
): Promise<void> {
  const answered = recorded.flatMap(({ record }) => {
    const limit = snapshot.byId.get(record.webhookId)?.rateLimit;
    const claim = claims.get(record.claimToken);
    return limit && claim ? [{ delivery_seq: claim.seq, free_in: periodOf(limit) }] : [];
  });
  await returnPlaces(context, trx, { answered, now: lastOf(recorded).now });
}

interface Known {
  claims: ReadonlyMap<string, Claimed>;
  snapshot: WebhookSnapshot;
}

function failedEvents(recorded: readonly Made[], { claims, snapshot }: Known): OwnEvent[] {
  return recorded.filter(hasFailed).flatMap(({ record }): OwnEvent[] => {
    const { attempt, decision, webhookId } = record;
    const webhook = snapshot.byId.get(webhookId);
    const eventType = claims.get(record.claimToken)?.event_type ?? "";
    // What failed to tell of a failure is not told again, or two broken webhooks would talk for ever.
    if (!webhook || attempt.trigger === "test" || isOwnEvent(eventType)) return [];
    const facts = {
      delivery_id: record.deliveryId,
      event_type: eventType,
      attempts: attempt.number,
      status: attempt.response?.status ?? null,
    };
    const reason = decision.state === "failed" ? decision.failureClass : null;
    return [{ type: "sidehook.delivery_failed", webhook, reason, facts }];
  });
}

/** One for each webhook that was active until now, however many of its receiver's answers say the same. */
function goneEvents(recorded: readonly Made[], { byId }: WebhookSnapshot): OwnEvent[] {
  const gone = new Map(recorded.filter(saysGone).map(({ record }) => [record.webhookId, record]));
  return [...gone].flatMap(([webhookId, record]): OwnEvent[] => {
    const webhook = byId.get(webhookId);
    const facts = { delivery_id: record.deliveryId };
    return webhook?.isActive ? [{ type: "sidehook.webhook_gone", webhook, reason: "gone", facts }] : [];
  });
}
