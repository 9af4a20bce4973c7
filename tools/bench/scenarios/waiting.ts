import { webhookDefaults, type ClaimedDelivery, type Decision } from "@sidehook/delivery";
import { createIdSource } from "@sidehook/events";
import type { AttemptRecord, Store, WebhookInput } from "@sidehook/store";
import { payload } from "../events.ts";

const webhooksEach = 5;
const eventsPerCall = 500;
const leaseMs = 35_000;
const hourMs = 3_600_000;
/** A webhook that has failed so often for a day is held. */
const failuresUntilHeld = 10;
const newId = createIdSource(Date.now);

/** Why nothing of a backlog may be sent now; `due`: it may. */
export const kinds = ["due", "paused", "held", "limited"] as const;
export type Kind = (typeof kinds)[number];

/** Makes webhooks that may send now or not, and so many deliveries for them. */
export async function addBacklog(store: Store, kind: Kind, count: number): Promise<void> {
  const type = `bench_${kind}`;
  const ids: string[] = [];
  for (let at = 0; at < webhooksEach; at++) {
    const { webhook } = await store.createWebhook(webhookOf(type, kind), new Date());
    ids.push(webhook.id);
  }
  await block[kind](store, ids);
  await addDeliveries(store, kind, count);
}

/** Deliveries for the webhooks that `addBacklog` has made. */
export async function addDeliveries(store: Store, kind: Kind, count: number): Promise<void> {
  for (let left = Math.ceil(count / webhooksEach); left > 0; left -= eventsPerCall) {
    const now = new Date();
    const events = Array.from({ length: Math.min(left, eventsPerCall) }, () => ({
      id: newId("evt"),
      type: `bench_${kind}`,
      occurredAt: now.toISOString(),
      payload,
      context: {},
    }));
    await store.ingestEvents(events, now);
  }
}

const block: Readonly<Record<Kind, (store: Store, ids: readonly string[]) => Promise<void>>> = {
  due: () => Promise.resolve(),
  async paused(store, ids) {
    for (const id of ids) await store.pauseWebhook(id, new Date());
  },
  /** Their receivers have failed for more than a day. */
  async held(store, ids) {
    await addDeliveries(store, "held", ids.length * failuresUntilHeld);
    const longAgo = new Date(Date.now() - 25 * hourMs);
    const nextAttemptAt = new Date(Date.now() + hourMs);
    const claimed = await claim(store, ids, failuresUntilHeld);
    const failed: Decision = { state: "pending", failureClass: "server_error", nextAttemptAt };
    await store.recordAttempts(
      claimed.map((each) => recordOf(each, failed)),
      longAgo,
    );
    await store.tendWebhooks(new Date());
  },
  /** They have sent all that they may send within an hour. */
  async limited(store, ids) {
    await addDeliveries(store, "limited", ids.length);
    await store.recordAttempts((await claim(store, ids, 1)).map(delivered), new Date());
  },
};

function claim(store: Store, ids: readonly string[], limit: number): Promise<ClaimedDelivery[]> {
  const slots = ids.map((webhookId) => ({ webhookId, limit }));
  return store.claimDeliveries({ now: new Date(), leaseMs, slots });
}

function webhookOf(type: string, kind: Kind): WebhookInput {
  return {
    name: type,
    url: "http://127.0.0.1:9/hook",
    events: [type],
    ...webhookDefaults,
    rateLimit: kind === "limited" ? { limit: 1, per: "hour" } : null,
    source: "api",
    externalId: null,
  };
}

/** An attempt that the receiver answered with 200. */
export function delivered(claimed: ClaimedDelivery): AttemptRecord {
  return recordOf(claimed, { state: "delivered" });
}

function recordOf(claimed: ClaimedDelivery, decision: Decision): AttemptRecord {
  const headers = { "content-type": "application/json", "webhook-id": claimed.event.id };
  const status = decision.state === "delivered" ? 200 : 500;
  return {
    deliveryId: claimed.id,
    webhookId: claimed.webhook.id,
    claimToken: claimed.claimToken,
    eventType: claimed.event.type,
    payload: claimed.event.payload,
    decision,
    attempt: {
      number: claimed.attemptNumber,
      startedAt: new Date(),
      durationMs: 3,
      phases: { dns: null, connect: null, tls: null, firstByte: 2, body: 1 },
      request: { method: "POST", url: claimed.webhook.url, headers, body: claimed.event.payload },
      response: { status, headers: { "content-length": "2" }, body: "ok" },
      error: null,
      decision: decision.state,
      nextAttemptAt: decision.state === "pending" ? decision.nextAttemptAt : null,
      trigger: claimed.trigger,
    },
  };
}
