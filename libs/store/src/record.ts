import type { ClaimedDelivery, Decision } from "@sidehook/delivery";
import type { Transaction } from "kysely";
import { eventsOfAttempts } from "./attempt-events.ts";
import type { StoreContext } from "./context.ts";
import type { ClaimEnd } from "./dialects/dialect.ts";
import { timesOf } from "./durations.ts";
import { recordHealth } from "./health.ts";
import { delayProbes, isTurned, turnWebhooks } from "./hold.ts";
import { laneOf } from "./ingest.ts";
import { keepHeld } from "./keep-held.ts";
import { emit } from "./own-events.ts";
import { claimIn, seqOfToken, untilCounted } from "./queue.ts";
import { periodOf, returnPlaces } from "./rate.ts";
import { fromAttempt } from "./rows.ts";
import { lanes, type Schema } from "./schema.ts";
import type { AttemptRecord, ClaimRequest, Store } from "./store.ts";
import { inGuardedTransaction } from "./transaction.ts";
import { bumpWebhooksVersion, type WebhookSnapshot } from "./webhook-cache.ts";

/** An attempt and the time at which its recording was asked for. */
export interface Made {
  record: AttemptRecord;
  now: Date;
}

interface Recording {
  made: readonly Made[];
  claim: ClaimRequest | undefined;
}

interface Outcome {
  /** Claim tokens of what was recorded. */
  recorded: ReadonlySet<string>;
  claimed: readonly ClaimedDelivery[];
}

/** Recording attempts, and claiming what may follow them. */
export function createRecording(context: StoreContext): Pick<Store, "recordAttempts"> {
  return {
    async recordAttempts(records, now, claim) {
      const made = firstOfEachClaim(records.map((record) => ({ record, now })));
      const { recorded, claimed } = await recordGroup(context, { made, claim });
      const unspent = new Set(recorded);
      const lost = records.filter(({ claimToken }) => !unspent.delete(claimToken));
      return { lost: lost.map(({ deliveryId }) => deliveryId), claimed };
    },
  };
}

/** In one transaction, as a commit costs more than what is in it; each alone if one of them spoils the group. */
async function recordGroup(context: StoreContext, recording: Recording): Promise<Outcome> {
  try {
    return await commitAttempts(context, recording);
  } catch (error) {
    const isNobodysFault = context.dialect.isConflict(error) || context.dialect.isUnavailable(error);
    if (recording.made.length === 1 || isNobodysFault) throw error;
    return recordEach(context, recording.made, error);
  }
}

/** Fails only when nothing could be recorded: otherwise what is missing shows as lost, and is rescued. */
async function recordEach(context: StoreContext, made: readonly Made[], cause: unknown): Promise<Outcome> {
  const recorded = new Set<string>();
  for (const each of made) {
    const outcome = await commitAttempts(context, { made: [each], claim: undefined }).catch(() => null);
    if (outcome?.recorded.size) recorded.add(each.record.claimToken);
  }
  if (recorded.size === 0) throw cause;
  return { recorded, claimed: [] };
}

async function commitAttempts(context: StoreContext, { made, claim }: Recording): Promise<Outcome> {
  const { recorded, claimed, isDue, turned } = await inGuardedTransaction(context, async (trx) => {
    // Before any row is locked: whoever deletes a webhook takes this lock first, too.
    if (made.some(saysGone)) await context.dialect.lockWebhooks(trx, "exclusive");
    else if (made.some(hasFailed)) await context.dialect.lockWebhooks(trx, "shared");
    const snapshot = await context.webhooks.load(trx);
    // The webhooks as they were read say nothing of one that is deactivated here.
    const request = made.some(saysGone) ? undefined : claim;
    const claimNext = async () => (request ? claimIn(context, trx, { request, snapshot }) : []);
    const stored = await storeAttempts(context, trx, { made, snapshot });
    // Everybody's attempts of a webhook change one row: it is locked last, unless what it says decides what is claimed.
    const early = made.every(isDelivered) ? await claimNext() : undefined;
    const outcome = await storeOutcome(context, trx, { recorded: stored, snapshot });
    return { ...outcome, recorded: tokensOf(stored), claimed: early ?? (await claimNext()) };
  });
  // Nobody waits for it: a power failure before it is on the disk has the attempt made again.
  void context.dialect.untilDurable().catch(ignore);
  await untilCounted(context, claimed);
  context.durations.note(timesOf(made, recorded));
  if (isDue) context.signal.send();
  if (turned.length > 0) await turnWebhooks(context, turned, lastOf(made).now);
  return { recorded, claimed };
}

/** The next one who does wait is told. */
function ignore(): void {}

/** The attempts themselves, and what follows for their deliveries. */
async function storeAttempts(
  context: StoreContext,
  trx: Transaction<Schema>,
  { made, snapshot }: { made: readonly Made[]; snapshot: WebhookSnapshot },
): Promise<Made[]> {
  const patient = await keepHeld(context, trx, { made, snapshot });
  const held = new Set(await context.dialect.endClaims(trx, claimEnds(patient, snapshot)));
  const recorded = patient.filter(({ record }) => held.has(record.claimToken));
  if (recorded.length > 0) {
    await insertAttempts(context, trx, recorded);
    await giveBackPlaces(context, trx, { recorded, snapshot });
  }
  return recorded;
}

interface Consequences {
  /** True if something became due for another webhook. */
  isDue: boolean;
  /** Webhooks that have failed for so long that they are to be held, or have answered again. */
  turned: readonly string[];
}

/** What the attempts say about their webhooks, and to others. */
async function storeOutcome(
  context: StoreContext,
  trx: Transaction<Schema>,
  { recorded, snapshot }: Answered,
): Promise<Consequences> {
  if (recorded.length === 0) return { isDue: false, turned: [] };
  const { now } = lastOf(recorded);
  const health = await recordHealth(context, trx, recorded);
  await delayProbes(
    trx,
    health.filter((row) => row.failing_since !== null && snapshot.byId.get(row.webhook_id)?.heldSince),
    now,
  );
  const events = eventsOfAttempts(recorded, snapshot);
  const isDue = await emit(context, trx, { events, now });
  await deactivate(trx, recorded.filter(saysGone));
  const turned = health.filter((row) => isTurned(snapshot.byId.get(row.webhook_id), row, now));
  return { isDue, turned: turned.map(({ webhook_id }) => webhook_id) };
}

function tokensOf(made: readonly Made[]): ReadonlySet<string> {
  return new Set(made.map(({ record }) => record.claimToken));
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

export function hasFailed({ record: { decision } }: Made): boolean {
  return decision.state === "failed";
}

function isDelivered({ record: { decision } }: Made): boolean {
  return decision.state === "delivered";
}

export function saysGone({ record: { decision } }: Made): boolean {
  return decision.state === "failed" && decision.isWebhookGone;
}

/** What each attempt decides; nothing for what was never a claim. */
function claimEnds(made: readonly Made[], { byId }: WebhookSnapshot): ClaimEnd[] {
  return made.flatMap(({ record, now }) => {
    const { decision, claimToken: token } = record;
    const seq = seqOfToken(token);
    if (seq === undefined) return [];
    const webhook = byId.get(record.webhookId);
    const end = {
      seq,
      token,
      state: decision.state,
      due_at: decision.state === "pending" ? decision.nextAttemptAt.getTime() : null,
      failure_class: failureClassOf(decision),
      finished_at: decision.state === "pending" ? null : now.getTime(),
      lane: webhook ? laneOf(webhook, lanes.again) : lanes.again,
    };
    return [end];
  });
}

function failureClassOf(decision: Decision): string | null {
  return decision.state === "delivered" ? null : decision.failureClass;
}

async function insertAttempts(
  { dialect, newId }: StoreContext,
  trx: Transaction<Schema>,
  recorded: readonly Made[],
): Promise<void> {
  const rows = recorded.map(({ record: { claimToken, webhookId, attempt, payload } }) => ({
    id: newId("att"),
    delivery_seq: seqOfToken(claimToken),
    webhook_id: webhookId,
    ...fromAttempt(attempt, payload),
  }));
  await dialect.insertRows(trx, { table: "attempts", columns: attemptColumns, rows });
}

const attemptColumns = {
  id: "text",
  delivery_seq: "bigint",
  webhook_id: "text",
  number: "bigint",
  trigger: "text",
  started_at: "bigint",
  duration_ms: "double precision",
  decision: "text",
  next_attempt_at: "bigint",
  detail: "text",
} as const;

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

interface Answered {
  recorded: readonly Made[];
  snapshot: WebhookSnapshot;
}

async function giveBackPlaces(
  context: StoreContext,
  trx: Transaction<Schema>,
  { recorded, snapshot }: Answered,
): Promise<void> {
  const answered = recorded.flatMap(({ record: { webhookId, claimToken } }) => {
    const limit = snapshot.byId.get(webhookId)?.rateLimit;
    const seq = seqOfToken(claimToken);
    return limit && seq !== undefined ? [{ delivery_seq: seq, free_in: periodOf(limit) }] : [];
  });
  await returnPlaces(context, trx, { answered, now: lastOf(recorded).now });
}
