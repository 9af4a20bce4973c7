import type { Decision } from "@sidehook/delivery";
import { describe, expect, test } from "vitest";
import { hold, minuteMs, simulate, start } from "../test/simulate.ts";
import { makeRecord, openTestStore, testBackends, type TestStore } from "./testing.ts";

async function listOwnEvents(store: TestStore): Promise<{ type: string; payload: unknown }[]> {
  const { data } = await store.listEvents({}, { limit: 200 });
  const own = data.filter(({ type }) => type.startsWith("sidehook.")).toReversed();
  return Promise.all(
    own.map(async ({ id, type }) => ({
      type,
      payload: JSON.parse((await store.getEvent(id)).payload) as unknown,
    })),
  );
}

describe.each(testBackends)("events about deliveries on $name", (backend) => {
  test("tell of one that failed and of a receiver that is gone, and never of themselves", async () => {
    await using store = await openTestStore(backend);
    const simulation = simulate(store);
    simulation.scheduleMs = [];
    const id = await simulation.makeWebhook({ name: "CRM" });
    const watcher = await simulation.makeWebhook({ events: ["sidehook.*"], name: "Watcher" });
    await simulation.fail(id, 1);
    await simulation.send(watcher);
    expect(await listOwnEvents(store)).toMatchObject([
      {
        type: "sidehook.delivery_failed",
        payload: {
          webhook_id: id,
          reason: "server_error",
          attempts: 1,
          status: 500,
          event_type: "payment_received",
        },
      },
    ]);
    await simulation.ingest();
    const gone: Decision = { state: "failed", failureClass: "gone", isWebhookGone: true };
    const claimed = await simulation.claim(id);
    await store.recordAttempts(
      [...claimed, ...claimed].map((each) => makeRecord(each, gone)),
      simulation.date,
    );
    const types = (await listOwnEvents(store)).map(({ type }) => type);
    expect(types.toSorted()).toEqual([
      "sidehook.delivery_failed",
      "sidehook.delivery_failed",
      "sidehook.webhook_gone",
    ]);
  });

  test("tell of a webhook that is held and that recovers, once each, with what a person wants to know", async () => {
    await using store = await openTestStore(backend);
    const simulation = simulate(store);
    const watcher = await simulation.makeWebhook({ events: ["sidehook.*"] });
    const id = await hold(simulation, { name: "CRM" });
    await Promise.all([store.tendWebhooks(simulation.date), store.tendWebhooks(simulation.date)]);
    simulation.isAway = false;
    simulation.now += 6 * minuteMs;
    await simulation.send(id);
    await store.tendWebhooks(simulation.date);
    const of = { webhook_id: id, webhook_name: "CRM" };
    expect(await listOwnEvents(store)).toMatchObject([
      {
        type: "sidehook.webhook_held",
        payload: { ...of, reason: "server_error", failing_since: new Date(start).toISOString(), waiting: 12 },
      },
      { type: "sidehook.webhook_recovered", payload: { ...of, reason: null, waiting: 11 } },
    ]);
    expect(await simulation.claim(watcher)).toHaveLength(2);
  });
});
