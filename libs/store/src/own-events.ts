import type { FailureClass, Webhook } from "@sidehook/delivery";
import type { WebhookEvent } from "@sidehook/events";
import type { Transaction } from "kysely";
import type { StoreContext } from "./context.ts";
import { storeEvents } from "./ingest.ts";
import type { Schema } from "./schema.ts";

/** What Sidehook tells about itself, as events that webhooks may want. */
type OwnEventType =
  | "sidehook.webhook_held"
  | "sidehook.webhook_recovered"
  | "sidehook.webhook_gone"
  | "sidehook.delivery_failed";

export interface OwnEvent {
  type: OwnEventType;
  webhook: Pick<Webhook, "id" | "name">;
  /** Why: a class of failure, or null where there is nothing to explain. */
  reason: FailureClass | null;
  /** Counts and ids besides. */
  facts: Readonly<Record<string, string | number | null>>;
}

/**
 * Stores events of our own with their deliveries, in the transaction of what they tell about. The caller has locked
 * the list of webhooks, and changes it only afterwards: what the cache reads must not be taken back with the
 * transaction. Answers whether something became due.
 */
export async function emit(
  context: StoreContext,
  trx: Transaction<Schema>,
  { events, now }: { events: readonly OwnEvent[]; now: Date },
): Promise<boolean> {
  if (events.length === 0) return false;
  const group = events.map((event) => ({ event: toEvent(context, event, now), now }));
  const { byId } = await context.webhooks.load(trx);
  const { isDue } = await storeEvents(context, trx, { group, webhooks: [...byId.values()] });
  return isDue;
}

function toEvent(
  { newId }: StoreContext,
  { type, webhook, reason, facts }: OwnEvent,
  now: Date,
): WebhookEvent {
  const payload = { webhook_id: webhook.id, webhook_name: webhook.name, reason, ...facts };
  return {
    id: newId("evt"),
    type,
    occurredAt: now.toISOString(),
    payload: JSON.stringify(payload),
    context: { source: "sidehook" },
  };
}
