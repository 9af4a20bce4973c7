import { sql, type Kysely, type Transaction, type UpdateResult } from "kysely";
import type { StoreContext } from "./context.ts";
import { listDeliveries, selectDeliveries } from "./delivery-list.ts";
import { erasedPayload, hasPayload } from "./erased.ts";
import { toAttempt, toDelivery, parseJson } from "./rows.ts";
import { lanes, type Schema } from "./schema.ts";
import { isWaiting } from "./under-way.ts";
import { ConflictError, NotFoundError, type Delivery, type DeliveryDetail, type Store } from "./store.ts";
import { inPieces, inTransaction } from "./transaction.ts";

/** A transaction of this size holds up nobody. */
const cancelledPerCommit = 500;

/** Single deliveries, as people look at and decide on them. */
export function createDeliveries(
  context: StoreContext,
): Pick<Store, "getDelivery" | "listDeliveries" | "replayDelivery" | "cancelDelivery"> {
  return {
    listDeliveries: (filter, page) => listDeliveries(context, filter, page),
    getDelivery: (id) => getDelivery(context.db, id),
    replayDelivery: (id, now) => replayDelivery(context, id, now),
    cancelDelivery: (id, now) => cancelDelivery(context, id, now),
  };
}

async function getDelivery(db: Kysely<Schema>, id: string): Promise<DeliveryDetail> {
  const row = await selectDeliveries(db)
    .select(["payload", "occurred_at", "context"])
    .where("deliveries.id", "=", id)
    .executeTakeFirstOrThrow(() => new NotFoundError(`delivery ${id}`));
  const attempts = await db
    .selectFrom("attempts")
    .selectAll()
    .where("delivery_seq", "=", row.seq)
    .orderBy("seq")
    .execute();
  return {
    ...toDelivery(row),
    event: { payload: row.payload, occurredAt: row.occurred_at, context: parseJson(row.context) },
    attempts: attempts.map((attempt) => toAttempt(attempt, row.payload)),
  };
}

async function replayDelivery(context: StoreContext, id: string, now: Date): Promise<Delivery> {
  const delivery = await changeDelivery(context, id, (trx) =>
    trx
      .updateTable("deliveries")
      .set(madeDueAgain(now, lanes.again))
      .where("id", "=", id)
      .where("lease_until", "is", null)
      .where(hasPayload)
      .where("webhook_id", "in", trx.selectFrom("webhooks").select("id").where("deleted_at", "is", null))
      .executeTakeFirst(),
  );
  context.signal.send();
  return delivery;
}

/** What a replay changes; a test stays a test. A single one is sent by a held webhook, too; many wait for its probe. */
export function madeDueAgain(now: Date, laneOfHeld: number = lanes.held) {
  return {
    state: "pending",
    due_at: now.getTime(),
    finished_at: null,
    attempts_before: sql<number>`attempt_count`,
    lane: sql<number>`case when is_test = 1 then ${sql.lit(lanes.test)} else (
      select case when is_ordered = 1 then ${sql.lit(lanes.ordered)}
        when held_since is not null then ${sql.lit(laneOfHeld)} else ${sql.lit(lanes.again)} end
      from webhooks where webhooks.id = deliveries.webhook_id) end`,
    next_trigger: sql<"test" | "replay">`case when is_test = 1 then 'test' else 'replay' end`,
  } as const;
}

function cancelDelivery(context: StoreContext, id: string, now: Date): Promise<Delivery> {
  return changeDelivery(context, id, (trx) =>
    trx
      .updateTable("deliveries")
      .set(cancelled(now))
      .where("id", "=", id)
      .where("state", "in", ["pending", "sending"])
      .executeTakeFirst(),
  );
}

/** An attempt under way goes on, but what it finds out is no longer recorded. */
export function cancelled(now: Date) {
  return {
    state: "cancelled",
    due_at: null,
    finished_at: now.getTime(),
    failure_class: null,
    claim_token: null,
    lease_until: null,
  } as const;
}

type GuardedUpdate = (trx: Transaction<Schema>) => Promise<UpdateResult>;

/** Runs an update that touches the delivery only if its state, and its webhook, allow it. */
function changeDelivery(context: StoreContext, id: string, update: GuardedUpdate): Promise<Delivery> {
  return inTransaction(context, async (trx) => {
    await context.dialect.lockWebhooks(trx, "shared");
    const { numUpdatedRows } = await update(trx);
    const row = await selectDeliveries(trx)
      .select(["deleted_at", "payload"])
      .where("deliveries.id", "=", id)
      .executeTakeFirstOrThrow(() => new NotFoundError(`delivery ${id}`));
    if (numUpdatedRows > 0n) return toDelivery(row);
    throw new ConflictError(`delivery ${id} cannot be changed: ${reasonFor(row)}`);
  });
}

function reasonFor(row: { deleted_at: number | null; payload: string; state: string }): string {
  if (row.deleted_at !== null) return "its webhook has been deleted";
  return row.payload === erasedPayload ? "its payload was erased at a person's wish" : `it is ${row.state}`;
}

interface Cancellation {
  webhookId: string;
  states: readonly ("pending" | "sending")[];
  now: Date;
}

/** Cancels what a webhook has not finished, a piece at a time. */
export async function cancelUnfinished(
  context: StoreContext,
  { webhookId, states, now }: Cancellation,
): Promise<void> {
  for (const state of states) {
    await inPieces(() => cancelSome(context, { webhookId, state, now }));
  }
}

async function cancelSome(
  context: StoreContext,
  { webhookId, state, now }: { webhookId: string; state: "pending" | "sending"; now: Date },
): Promise<{ isLast: boolean }> {
  return inTransaction(context, async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable("deliveries")
      .set(cancelled(now))
      .where("seq", "in", (query) =>
        query
          .selectFrom("deliveries")
          .select("seq")
          .where("webhook_id", "=", webhookId)
          .where(state === "pending" ? isWaiting : sql<boolean>`deliveries.lease_until is not null`)
          .where("finished_at", "is", null)
          .orderBy("created_at")
          .limit(cancelledPerCommit),
      )
      .executeTakeFirst();
    return { isLast: numUpdatedRows < cancelledPerCommit };
  });
}
