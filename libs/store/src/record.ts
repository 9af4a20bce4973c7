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
const rowsPerInsert = 500;

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
  return inGuardedTransaction(context, async (trx) => {
    const gone = group.filter(
      ({ record }) => record.decision.state === "failed" && record.decision.isWebhookGone,
    );
    // Before any row is locked: whoever deletes a webhook takes this lock first, too.
    if (gone.length > 0) await context.dialect.lockWebhooks(trx, "exclusive");
    const eventSeqs = await updateClaimed(context, trx, group);
    const recorded = takeRecorded(group, eventSeqs);
    const isRecorded = new Set(recorded);
    if (recorded.length > 0) {
      await insertAttempts(context, trx, { recorded, eventSeqs });
      await recordHealth(trx, recorded);
    }
    await deactivate(
      trx,
      gone.filter((made) => isRecorded.has(made)),
    );
    return group.map((made) => isRecorded.has(made));
  });
}

/** Guarded by the claim: what was rescued, cancelled or deleted meanwhile stays as it is. Answers what was updated: event by delivery. */
async function updateClaimed(
  { dialect }: StoreContext,
  trx: Transaction<Schema>,
  group: readonly Made[],
): Promise<Map<number, number>> {
  const next = dialect.tableOf(
    {
      seq: "bigint",
      token: "text",
      state: "text",
      due_at: "bigint",
      failure_class: "text",
      finished_at: "bigint",
    },
    group.flatMap(nextState),
  );
  const { rows } = await sql<{ seq: number; event_seq: number }>`
    update deliveries set
      state = next.state, due_at = next.due_at, failure_class = next.failure_class, finished_at = next.finished_at,
      attempt_count = attempt_count + 1, claim_token = null, lease_until = null,
      lane = case when is_test = 1 then ${sql.lit(lanes.test)} else ${sql.lit(lanes.again)} end,
      next_trigger = case when is_test = 1 then 'test' else 'automatic' end
    from ${next} as next
    where deliveries.seq = next.seq and deliveries.claim_token = next.token
    returning deliveries.seq, event_seq`.execute(trx);
  return new Map(rows.map(({ seq, event_seq }) => [seq, event_seq]));
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

/** A second record under the same claim is as lost as a late one. */
function takeRecorded(group: readonly Made[], eventSeqs: ReadonlyMap<number, number>): Made[] {
  const seen = new Set<string>();
  return group.filter(({ record: { claimToken } }) => {
    const seq = seqOfToken(claimToken);
    if (seq === undefined || !eventSeqs.has(seq) || seen.has(claimToken)) return false;
    seen.add(claimToken);
    return true;
  });
}

interface Recorded {
  recorded: readonly Made[];
  eventSeqs: ReadonlyMap<number, number>;
}

async function insertAttempts(
  { dialect, newId }: StoreContext,
  trx: Transaction<Schema>,
  { recorded, eventSeqs }: Recorded,
): Promise<void> {
  const events = await trx
    .selectFrom("events")
    .select(["seq", "payload"])
    .where(dialect.isOneOf(sql.ref("seq"), [...new Set(eventSeqs.values())]))
    .execute();
  const payloads = new Map(events.map(({ seq, payload }) => [seq, payload]));
  const rows = recorded.map(({ record }) => {
    const seq = seqOfToken(record.claimToken) ?? 0;
    return {
      id: newId("att"),
      delivery_seq: seq,
      webhook_id: record.webhookId,
      ...fromAttempt(record.attempt, payloads.get(eventSeqs.get(seq) ?? 0) ?? ""),
    };
  });
  for (let at = 0; at < rows.length; at += rowsPerInsert) {
    await trx
      .insertInto("attempts")
      .values(rows.slice(at, at + rowsPerInsert))
      .execute();
  }
}

/** The receiver said 410: it wants nothing more, which is how REST hooks are switched off from the other side. */
async function deactivate(trx: Transaction<Schema>, gone: readonly Made[]): Promise<void> {
  for (const { record, now } of gone) {
    await trx
      .updateTable("webhooks")
      .set({ is_active: 0, disabled_reason: "gone", updated_at: now.getTime() })
      .where("id", "=", record.webhookId)
      .where("is_active", "=", 1)
      .execute();
  }
  if (gone.length > 0) await bumpWebhooksVersion(trx);
}
