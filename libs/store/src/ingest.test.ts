import { expect, test } from "vitest";
import { makeEvent, makeWebhook, openTestStore } from "./testing.ts";

test("the same event again is a duplicate and makes no further delivery", async () => {
  await using store = await openTestStore();
  await store.createWebhook(makeWebhook(), new Date());
  const event = makeEvent();
  expect(await store.ingestEvents([event], new Date())).toEqual([{ id: event.id, status: "accepted" }]);
  expect(await store.ingestEvents([event], new Date())).toEqual([{ id: event.id, status: "duplicate" }]);
  const { data } = await store.listDeliveries({}, { limit: 10 });
  expect(data).toHaveLength(1);
});
