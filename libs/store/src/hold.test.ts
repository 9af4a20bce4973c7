import { defaultScheduleMs } from "@sidehook/delivery";
import { describe, expect, test } from "vitest";
import { hold, hourMs, leaseMs, minuteMs, simulate } from "../test/simulate.ts";
import type { DeliveryDetail } from "./store.ts";
import { makeEvent, openTestStore, testBackends } from "./testing.ts";

function states(deliveries: readonly Pick<DeliveryDetail, "state">[]): string[] {
  return [...new Set(deliveries.map(({ state }) => state))];
}

describe.each(testBackends)("a held webhook on $name", (backend) => {
  test("gets everything of three days when its receiver is back", async () => {
    await using store = await openTestStore(backend);
    const simulation = simulate(store);
    const id = await simulation.makeWebhook();
    const events = await simulation.beAway(id, 72);
    expect(await simulation.healthState(id)).toBe("held");
    await simulation.pass(hourMs + 1, id);
    expect(await simulation.healthState(id)).toBe("healthy");
    await simulation.pass(10_000, id, 1_000);
    const { data } = await store.listDeliveries({}, { limit: 200 });
    expect([data.length, states(data)]).toEqual([144, ["delivered"]]);
    expect(simulation.delivered.toSorted()).toEqual(events.toSorted());
  }, 60_000);

  test.each([
    ["that is retried", defaultScheduleMs, 24],
    ["that is held", Array.from({ length: 12 }, () => 2 * hourMs), 2],
  ] as const)(
    "gets everything of three days in order, %s",
    async (_, scheduleMs, hoursUntilRetry) => {
      await using store = await openTestStore(backend);
      const simulation = simulate(store);
      simulation.scheduleMs = scheduleMs;
      const id = await simulation.makeWebhook({ isOrdered: true });
      const events = await simulation.beAway(id, 72);
      await simulation.pass(hoursUntilRetry * hourMs + 1, id);
      expect(simulation.delivered).toEqual(events);
      const { data } = await store.listDeliveries({}, { limit: 200 });
      expect([data.length, states(data)]).toEqual([144, ["delivered"]]);
    },
    60_000,
  );

  test("is held by the attempt that would otherwise use up a schedule a day after the first failure", async () => {
    await using store = await openTestStore(backend);
    const simulation = simulate(store);
    simulation.scheduleMs = [24 * hourMs];
    const id = await simulation.makeWebhook();
    await simulation.fail(id, 10);
    simulation.now += 24 * hourMs;
    await simulation.send(id);
    const { data } = await store.listDeliveries({}, { limit: 200 });
    expect(states(data)).toEqual(["pending"]);
    expect((await store.getWebhook(id)).heldSince).toEqual(simulation.date);
  });

  test("is probed on a back-off, by one process, and by nothing else", async () => {
    await using store = await openTestStore(backend);
    await using other = await store.openAnother();
    const simulation = simulate(store);
    const id = await hold(simulation);
    await simulation.store.tendWebhooks(simulation.date);
    simulation.attempts = 0;
    await simulation.ingest(3);
    await simulation.pass(4 * minuteMs, id, minuteMs);
    expect(simulation.attempts).toBe(0);
    simulation.now += minuteMs;
    const slots = [{ webhookId: id, limit: 16 }];
    const request = { now: simulation.date, leaseMs, slots };
    const claims = await Promise.all([store, other, store].map((each) => each.claimDeliveries(request)));
    expect(claims.flat()).toHaveLength(1);
    await store.recordAttempts(
      claims.flat().map((each) => simulation.answer(each)),
      simulation.date,
    );
    await simulation.pass(24 * hourMs, id, 5 * minuteMs);
    expect(simulation.attempts).toBeGreaterThanOrEqual(23);
    expect(simulation.attempts).toBeLessThanOrEqual(27);
    const { data } = await store.listDeliveries({}, { limit: 200 });
    expect(states(data)).toEqual(["pending"]);
  });

  test("gets its backlog at a bounded rate, and what is new at once", async () => {
    await using store = await openTestStore(backend);
    const simulation = simulate(store);
    const id = await hold(simulation);
    await simulation.ingest(300);
    await store.tendWebhooks(simulation.date);
    simulation.isAway = false;
    simulation.now += 6 * minuteMs;
    await simulation.send(id);
    expect([simulation.delivered.length, await simulation.healthState(id)]).toEqual([1, "healthy"]);
    const [fresh] = await simulation.ingest();
    await simulation.send(id);
    expect(simulation.delivered.at(-1)).toBe(fresh);
    const perSecond: number[] = [];
    while (simulation.delivered.length < 313 && perSecond.length < 10) {
      const before = simulation.delivered.length;
      await Promise.all([store.tendWebhooks(simulation.date), store.tendWebhooks(simulation.date)]);
      await simulation.send(id);
      perSecond.push(simulation.delivered.length - before);
      simulation.now += 1_000;
    }
    expect(perSecond).toEqual([100, 100, 100, 11]);
  });

  test("sends tests and replays when a person asks, and recovers with a replay that is answered", async () => {
    await using store = await openTestStore(backend);
    const simulation = simulate(store);
    const id = await hold(simulation);
    await store.tendWebhooks(simulation.date);
    await store.ingestTestEvent(makeEvent(), id, simulation.date);
    expect((await simulation.claim(id)).map(({ trigger }) => trigger)).toEqual(["test"]);
    const { data } = await store.listDeliveries({ state: "pending" }, { limit: 1 });
    await store.replayDelivery(data[0]?.id ?? "", simulation.date);
    simulation.isAway = false;
    await simulation.send(id);
    expect(simulation.delivered).toHaveLength(1);
    expect(await simulation.healthState(id)).toBe("healthy");
  });

  test("is tried at once when a person resumes or changes it", async () => {
    await using store = await openTestStore(backend);
    const simulation = simulate(store);
    const id = await hold(simulation);
    await store.tendWebhooks(simulation.date);
    expect(await simulation.claim(id)).toEqual([]);
    await store.updateWebhook(id, { url: "https://other.example/" }, simulation.date);
    expect(await simulation.claim(id)).toHaveLength(1);
    await store.resumeWebhook(id, "send", simulation.date);
    expect((await store.getWebhook(id)).heldSince).toBe(null);
    expect(await simulation.healthState(id)).toBe("healthy");
    await store.tendWebhooks(simulation.date);
    expect(await simulation.claim(id)).toHaveLength(11);
  });
});
