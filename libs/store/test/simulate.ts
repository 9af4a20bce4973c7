import { decide, defaultScheduleMs, type ClaimedDelivery } from "@sidehook/delivery";
import { expect } from "vitest";
import type { AttemptRecord, WebhookInput } from "../src/store.ts";
import { makeEvent, makeRecord, makeWebhook, type TestStore } from "../src/testing.ts";

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const leaseMs = 35_000;
export const start = new Date("2026-11-20T10:00:00.000Z").getTime();

/** A sidecar whose clock stands still until it is moved on, and a receiver that is away or there. */
function simulateSending(store: TestStore) {
  const simulation = {
    store,
    now: start,
    isAway: true,
    scheduleMs: defaultScheduleMs as readonly number[],
    delivered: [] as string[],
    attempts: 0,

    get date(): Date {
      return new Date(simulation.now);
    },

    async makeWebhook(changes: Partial<WebhookInput> = {}): Promise<string> {
      return (await simulation.store.createWebhook(makeWebhook(changes), simulation.date)).webhook.id;
    },

    async ingest(count = 1): Promise<string[]> {
      const events = Array.from({ length: count }, () => makeEvent());
      await simulation.store.ingestEvents(events, simulation.date);
      return events.map(({ id }) => id);
    },

    claim(webhookId: string, limit = 16): Promise<ClaimedDelivery[]> {
      return simulation.store.claimDeliveries({
        now: simulation.date,
        leaseMs,
        slots: [{ webhookId, limit }],
      });
    },

    /** Sends what is due until nothing more is. */
    async send(webhookId: string): Promise<void> {
      for (;;) {
        const claimed = await simulation.claim(webhookId);
        if (claimed.length === 0) return;
        simulation.attempts += claimed.length;
        if (!simulation.isAway) simulation.delivered.push(...claimed.map(({ event }) => event.id));
        await simulation.store.recordAttempts(
          claimed.map((each) => simulation.answer(each)),
          simulation.date,
        );
      }
    },

    answer: (claimed: ClaimedDelivery) => answer(simulation, claimed),
  };
  return simulation;
}

function answer(
  { isAway, scheduleMs, date: now }: { isAway: boolean; scheduleMs: readonly number[]; date: Date },
  claimed: ClaimedDelivery,
): AttemptRecord {
  const result = { response: { status: isAway ? 500 : 200, headers: {}, body: "" }, error: null };
  const { attemptNumber } = claimed;
  const decision = decide({ attemptNumber, result, policy: { scheduleMs }, now, random: () => 0.5 });
  return makeRecord(claimed, decision, { startedAt: now });
}

/** The same with what takes time. */
export function simulate(store: TestStore) {
  const simulation = simulateSending(store);
  return Object.assign(simulation, {
    async pass(durationMs: number, webhookId: string, stepMs = 15 * minuteMs): Promise<void> {
      for (const end = simulation.now + durationMs; simulation.now < end; simulation.now += stepMs) {
        await simulation.store.tendWebhooks(simulation.date);
        await simulation.send(webhookId);
      }
    },

    /** Two events an hour while the receiver is away; afterwards it is back. */
    async beAway(webhookId: string, hours: number): Promise<string[]> {
      const events: string[] = [];
      for (let hour = 0; hour < hours; hour++) {
        events.push(...(await simulation.ingest(2)));
        await this.pass(hourMs, webhookId, 30 * minuteMs);
      }
      simulation.isAway = false;
      return events;
    },

    async fail(webhookId: string, count: number): Promise<void> {
      await simulation.ingest(count);
      await simulation.send(webhookId);
    },

    async healthState(webhookId: string): Promise<string | undefined> {
      return (await simulation.store.getWebhookHealth([webhookId], simulation.date)).get(webhookId)?.state;
    },
  });
}

/** Held after a day of failures. */
export async function hold(
  simulation: ReturnType<typeof simulate>,
  changes: Partial<WebhookInput> = {},
): Promise<string> {
  const id = await simulation.makeWebhook(changes);
  await simulation.fail(id, 12);
  simulation.now += 24 * hourMs;
  await simulation.send(id);
  expect(await simulation.healthState(id)).toBe("held");
  return id;
}
