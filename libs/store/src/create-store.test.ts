import { describe, expect, test } from "vitest";
import { makeEvent, makeRecord, makeWebhook, openTestStore, testBackends } from "./testing.ts";

describe.each(testBackends)("closing a store on $name", (backend) => {
  test("stores what is under way first", async () => {
    await using observer = await openTestStore(backend);
    const store = await observer.openAnother();
    const { webhook } = await store.createWebhook(makeWebhook(), new Date());
    await store.ingestEvents([makeEvent()], new Date());
    const slots = [{ webhookId: webhook.id, limit: 1 }];
    const [claimed] = await store.claimDeliveries({ now: new Date(), leaseMs: 60_000, slots });
    if (!claimed) throw new Error("nothing is due");
    const events = Array.from({ length: 20 }, () => makeEvent());

    const ingesting = events.map((event) => store.ingestEvents([event], new Date()));
    const recording = store.recordAttempts([makeRecord(claimed)], new Date());
    await store.close();

    expect((await Promise.all(ingesting)).flat().map(({ status }) => status)).toEqual(
      events.map(() => "accepted"),
    );
    expect(await recording).toMatchObject({ lost: [] });
    expect((await observer.listEvents({}, { limit: 50 })).data).toHaveLength(21);
  });

  test("makes whatever is asked of it afterwards fail", async () => {
    await using observer = await openTestStore(backend);
    const store = await observer.openAnother();
    await store.close();
    await expect(store.ingestEvents([makeEvent()], new Date())).rejects.toThrow(/not open|after calling end/);
    await expect(store.getEvent("evt_1")).rejects.toThrow(/not open|after calling end/);
    expect((await observer.listEvents({}, { limit: 1 })).data).toEqual([]);
  });
});
