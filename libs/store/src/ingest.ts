import { payloadReader, wants, type Webhook } from "@sidehook/delivery";
import type { NewId, WebhookEvent } from "@sidehook/events";
import type { Insertable, Transaction } from "kysely";
import { createBatch, type Batch } from "./batch.ts";
import type { StoreContext } from "./context.ts";
import { fromEvent } from "./rows.ts";
import { lanes, type DeliveryRow, type Schema } from "./schema.ts";
import { ConflictError, NotFoundError, type IngestResult, type Store } from "./store.ts";
import { inCommittedTransaction, inTransaction, pipelined, sideBySide } from "./transaction.ts";

/** Longer statements gain nothing, and databases limit the number of parameters. */
const rowsPerInsert = 500;
const maxEventsPerCommit = 500;
/** A commit that takes longer than some ten milliseconds makes the other connections wait. */
const maxDeliveriesPerCommit = 5_000;

export interface Received {
  event: WebhookEvent;
  now: Date;
}

type NewDelivery = Insertable<DeliveryRow>;

type Ingest = Pick<Store, "ingestEvents" | "ingestTestEvent">;

/** Accepting events. `batch` is drained before the database is closed. */
export function createIngest(context: StoreContext): Ingest & { batch: Batch<Received, IngestResult> } {
  const batch = createBatch<Received, IngestResult>({
    commit: (group) => commitEvents(context, group),
    untilDurable: () => context.dialect.untilDurable(),
    maxSize: () => {
      const byFanOut = Math.floor(maxDeliveriesPerCommit / Math.max(1, context.webhooks.size()));
      return Math.min(maxEventsPerCommit, Math.max(1, byFanOut));
    },
    isNobodysFault: (error) => context.dialect.isConflict(error) || context.dialect.isUnavailable(error),
  });
  return {
    batch,
    ingestEvents: (events, now) => Promise.all(events.map((event) => batch.add({ event, now }))),
    ingestTestEvent: (event, webhookId, now) => storeTestEvent(context, { event, webhookId, now }),
  };
}

async function commitEvents(context: StoreContext, group: readonly Received[]): Promise<IngestResult[]> {
  const { seqs, isDue } = await inCommittedTransaction(context, async (trx) => {
    await context.dialect.lockWebhooks(trx, "shared");
    const { byId } = await context.webhooks.load(trx);
    return storeEvents(context, trx, { group, webhooks: [...byId.values()] });
  });
  // A delivery may well be made before its event has been acknowledged: it is as if the acknowledgement were lost.
  if (isDue) context.signal.send();
  return resultsOf(group, seqs);
}

/** Events with a delivery for each webhook that wants them. The caller has locked the list of webhooks. */
export async function storeEvents(
  context: StoreContext,
  trx: Transaction<Schema>,
  { group, webhooks }: Pick<FanOut, "group" | "webhooks">,
): Promise<{ seqs: Map<string, number>; isDue: boolean }> {
  const seqs = await insertEvents(context, trx, { group, isTest: false });
  const rows = fanOut({ group, seqs, webhooks, newId: context.newId });
  await insertDeliveries(context, trx, rows);
  return { seqs, isDue: rows.length > 0 };
}

/** The row numbers of those that are new, by event id. */
async function insertEvents(
  { dialect }: StoreContext,
  trx: Transaction<Schema>,
  { group, isTest }: { group: readonly Received[]; isTest: boolean },
): Promise<Map<string, number>> {
  const seqs = new Map<string, number>();
  for (const some of chunksOf(group, rowsPerInsert)) {
    const rows = some.map(({ event, now }) => fromEvent(event, now, isTest));
    for (const { id, seq } of await dialect.insertEvents(trx, rows)) seqs.set(id, seq);
  }
  return seqs;
}

/** The first of several events with one id is the one that was stored. */
function resultsOf(group: readonly Received[], seqs: ReadonlyMap<string, number>): IngestResult[] {
  const isStored = new Set<string>();
  return group.map(({ event: { id } }) => {
    const isNew = seqs.has(id) && !isStored.has(id);
    isStored.add(id);
    return { id, status: isNew ? "accepted" : "duplicate" };
  });
}

interface FanOut {
  group: readonly Received[];
  seqs: ReadonlyMap<string, number>;
  webhooks: readonly Webhook[];
  newId: NewId;
}

function fanOut({ group, seqs, webhooks, newId }: FanOut): NewDelivery[] {
  const rows: NewDelivery[] = [];
  const unseen = new Map(seqs);
  for (const { event, now } of group) {
    const eventSeq = unseen.get(event.id);
    if (eventSeq === undefined) continue;
    unseen.delete(event.id);
    const readPayload = payloadReader(event);
    for (const webhook of webhooks) {
      if (!wants(webhook, event, readPayload)) continue;
      const row = newDelivery({ id: newId("dlv"), event, eventSeq, webhookId: webhook.id, now });
      rows.push({ ...row, lane: laneOf(webhook, lanes.first) });
    }
  }
  return rows;
}

/** Where a delivery waits that is not a test, when the webhook has no lane of its own. */
export function laneOf(
  { isOrdered, heldSince }: Pick<Webhook, "isOrdered" | "heldSince">,
  otherwise: number,
): number {
  if (isOrdered) return lanes.ordered;
  return heldSince === null ? otherwise : lanes.held;
}

interface NewDeliveryOf {
  id: string;
  event: WebhookEvent;
  eventSeq: number;
  webhookId: string;
  now: Date;
}

function newDelivery({ id, event, eventSeq, webhookId, now }: NewDeliveryOf): NewDelivery {
  return {
    id,
    event_seq: eventSeq,
    webhook_id: webhookId,
    event_type: event.type,
    site_id: event.context.siteId ?? null,
    due_at: now.getTime(),
    created_at: now.getTime(),
  };
}

const deliveryColumns = {
  id: "text",
  event_seq: "bigint",
  webhook_id: "text",
  event_type: "text",
  site_id: "bigint",
  due_at: "bigint",
  created_at: "bigint",
  lane: "bigint",
} as const;

async function insertDeliveries(
  { dialect }: StoreContext,
  trx: Transaction<Schema>,
  rows: readonly NewDelivery[],
): Promise<void> {
  const executor = await pipelined(trx);
  const insertions = [...chunksOf(rows, rowsPerInsert)].map((some) =>
    dialect.insertRows(executor, { table: "deliveries", columns: deliveryColumns, rows: some }),
  );
  await sideBySide(insertions);
}

function* chunksOf<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

interface TestEvent {
  event: WebhookEvent;
  webhookId: string;
  now: Date;
}

async function storeTestEvent(
  context: StoreContext,
  { event, webhookId, now }: TestEvent,
): Promise<{ deliveryId: string }> {
  const deliveryId = context.newId("dlv");
  await inTransaction(context, async (trx) => {
    await context.dialect.lockWebhooks(trx, "shared");
    const { byId } = await context.webhooks.load(trx);
    if (!byId.has(webhookId)) throw new NotFoundError(`webhook ${webhookId}`);
    const eventSeq = (await insertEvents(context, trx, { group: [{ event, now }], isTest: true })).get(
      event.id,
    );
    if (eventSeq === undefined) throw new ConflictError(`event ${event.id} exists already`);
    const row = newDelivery({ id: deliveryId, event, eventSeq, webhookId, now });
    await trx
      .insertInto("deliveries")
      .values({ ...row, is_test: 1, lane: lanes.test, next_trigger: "test" })
      .execute();
  });
  context.signal.send();
  return { deliveryId };
}
