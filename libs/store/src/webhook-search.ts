import type { Webhook } from "@sidehook/delivery";
import { sql, type Kysely } from "kysely";
import type { StoreContext } from "./context.ts";
import type { Schema } from "./schema.ts";
import type { WebhookState } from "./store.ts";

const dayMs = 24 * 3_600_000;

/** In which order webhooks may be listed: `health` has those in trouble first, `failed` those that failed most today. */
export const webhookOrders = ["newest", "name", "health", "failed"] as const;
export type WebhookOrder = (typeof webhookOrders)[number];

export interface WebhookSearch {
  /** Part of the name, of the URL without its credentials and query, or of an event type. */
  q?: string | undefined;
  state?: WebhookState | undefined;
  order: WebhookOrder;
  /** How many are passed over, and how many are answered at most. */
  offset: number;
  limit: number;
}

/** The part of the store that finds webhooks. */
export interface WebhookSearchStore {
  /** All webhooks are in memory, so that a place in the list may be a plain number. */
  searchWebhooks(search: WebhookSearch, now: Date): Promise<{ data: Webhook[]; total: number }>;
  /** How many webhooks there are in each state. */
  countWebhookStates(): Promise<Record<WebhookState, number>>;
}

export function createWebhookSearch(context: StoreContext): WebhookSearchStore {
  return {
    searchWebhooks: (search, now) => searchWebhooks(context, search, now),
    countWebhookStates: () => countWebhookStates(context),
  };
}

async function searchWebhooks(
  context: StoreContext,
  { q, state, order, offset, limit }: WebhookSearch,
  now: Date,
): Promise<{ data: Webhook[]; total: number }> {
  const found = (await listWithState(context))
    .filter(({ webhook }) => q === undefined || holds(webhook, q.toLowerCase()))
    .filter((each) => state === undefined || each.state === state);
  const failed = order === "failed" ? await countFailed(context.db, now) : new Map<string, number>();
  const orders: Record<WebhookOrder, (a: Listed, b: Listed) => number> = {
    newest: () => 0,
    name: (a, b) => a.webhook.name.localeCompare(b.webhook.name),
    health: (a, b) => troubles.indexOf(a.state) - troubles.indexOf(b.state),
    failed: (a, b) => (failed.get(b.webhook.id) ?? 0) - (failed.get(a.webhook.id) ?? 0),
  };
  const sorted = found.sort((a, b) => orders[order](a, b) || compareIds(b.webhook.id, a.webhook.id));
  return { data: sorted.slice(offset, offset + limit).map(({ webhook }) => webhook), total: found.length };
}

const troubles: readonly WebhookState[] = ["held", "failing", "disabled", "paused", "healthy"];

interface Listed {
  webhook: Webhook;
  state: WebhookState;
}

async function listWithState(context: StoreContext): Promise<Listed[]> {
  const { byId } = await context.webhooks.load(context.db);
  const rows = await context.db
    .selectFrom("webhook_health")
    .select("webhook_id")
    .where("failing_since", "is not", null)
    .execute();
  const failing = new Set(rows.map(({ webhook_id }) => webhook_id));
  return [...byId.values()].map((webhook) => ({ webhook, state: stateOf(webhook, failing.has(webhook.id)) }));
}

function stateOf({ isActive, isPaused, heldSince }: Webhook, isFailing: boolean): WebhookState {
  if (!isActive) return "disabled";
  if (isPaused) return "paused";
  if (heldSince) return "held";
  return isFailing ? "failing" : "healthy";
}

async function countWebhookStates(context: StoreContext): Promise<Record<WebhookState, number>> {
  const counts = { healthy: 0, failing: 0, held: 0, paused: 0, disabled: 0 };
  for (const { state } of await listWithState(context)) counts[state]++;
  return counts;
}

async function countFailed(db: Kysely<Schema>, now: Date): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom("webhook_hours")
    .select(["webhook_id", sql<number>`cast(sum(failed) as bigint)`.as("failed")])
    .where("hour_at", ">", now.getTime() - dayMs)
    .groupBy("webhook_id")
    .execute();
  return new Map(rows.map(({ webhook_id, failed }) => [webhook_id, failed]));
}

/** User name, password and query of a URL are secret and are not looked into. */
function holds({ name, url, events }: Webhook, text: string): boolean {
  const { host = "", pathname = "" } = URL.parse(url) ?? {};
  return [name, `${host}${pathname}`, ...events].some((each) => each.toLowerCase().includes(text));
}

/** Ids grow with time. */
function compareIds(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
