import type { Decision } from "@sidehook/delivery";
import { sql, type Transaction } from "kysely";
import { createBatch, type Batch } from "./batch.ts";
import type { StoreContext } from "./context.ts";
import { recordHealth } from "./health.ts";
import { seqOfToken } from "./queue.ts";
import { fromAttempt } from "./rows.ts";
import { lanes, type Schema } from "./schema.ts";
import type { AttemptRecord, Store } from "./store.ts";
import { inGuardedTransaction } from "./transaction.ts";
import { bumpWebhooksVersion } from "./webhook-cache.ts";

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
  return inGuardedTransaction(context, async (trx) => {
    // Before any row is locked: whoever deletes a webhook takes this lock first, too.
    if (first.some(saysGone)) await context.dialect.lockWebhooks(trx, "exclusive");
    const claims = await updateClaimed(context, trx, first);
    const recorded = first.filter(({ record }) => claims.has(record.claimToken));
    if (recorded.length > 0) {
      await insertAttempts(context, trx, { recorded, claims });
      await recordHealth(trx, recorded);
      await deactivate(trx, recorded.filter(saysGone));
    }
    const isRecorded = new Set(recorded);
    return group.map((made) => isRecorded.has(made));
  });
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

function saysGone({ record: { decision } }: Made): boolean {
  return decision.state === "failed" && decision.isWebhookGone;
}

/** The rows that a claim stands for. */
interface Claimed {
  seq: number;
  event_seq: number;
}

/** Guarded by the claim: what was rescued, cancelled or deleted meanwhile stays as it is. Answers what was held, by token. */
async function updateClaimed(
  { dialect }: StoreContext,
  trx: Transaction<Schema>,
  made: readonly Made[],
): Promise<Map<string, Claimed>> {
  const next = dialect.tableOf(
    {
      seq: "bigint",
      token: "text",
      state: "text",
      due_at: "bigint",
      failure_class: "text",
      finished_at: "bigint",
    },
    made.flatMap(nextState),
  );
  const { rows } = await sql<Claimed & { claim_token: string }>`
    update deliveries set
      state = next.state, due_at = next.due_at, failure_class = next.failure_class, finished_at = next.finished_at,
      attempt_count = attempt_count + 1, lease_until = null,
      lane = case when is_test = 1 then ${sql.lit(lanes.test)} else ${sql.lit(lanes.again)} end,
      next_trigger = case when is_test = 1 then 'test' else 'automatic' end
    from ${next} as next
    where deliveries.seq = next.seq and deliveries.claim_token = next.token and deliveries.state = 'sending'
    returning deliveries.seq, event_seq, claim_token`.execute(trx);
  return new Map(rows.map((row) => [row.claim_token, row]));
}

function nextState({ record, now }: Made) {
  const seq = seqOfToken(record.claimToken);
  if (seq === undefined) return [];
  const { decision } = record;
  return [
    {
      seq,
      token: record.claimToken,
      state: decision.state,
      due_at: decision.state === "pending" ? decision.nextAttemptAt.getTime() : null,
      failure_class: failureClassOf(decision),
      finished_at: decision.state === "pending" ? null : now.getTime(),
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
