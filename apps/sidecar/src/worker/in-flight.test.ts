import type { ClaimedDelivery } from "@sidehook/delivery";
import type { AttemptRecord } from "@sidehook/store";
import { expect, it } from "vitest";
import { createInFlight } from "./in-flight.ts";

type Decision = AttemptRecord["decision"];
const delivered: Decision = { state: "delivered" };
const failed: Decision = { state: "failed", failureClass: "server_error", isWebhookGone: false };

/** Deliveries that are answered when the test says so. */
function openFlight() {
  const sent = new Map<string, (decision: Decision) => void>();
  const faults: string[] = [];
  const inFlight = createInFlight({
    wake: () => {},
    send: ({ claimToken, webhook }) =>
      new Promise((resolve) => {
        const record = { claimToken, webhookId: webhook.id };
        sent.set(claimToken, (decision) => resolve({ ...record, decision } as AttemptRecord));
      }),
    onFault: ({ claimToken }) => faults.push(claimToken),
  });
  const claim = (webhookId: string, count: number) =>
    Array.from({ length: count }, (_, at) => ({
      claimToken: `${webhookId}${at}`,
      webhook: { id: webhookId },
    }));
  return {
    inFlight,
    listSent: () => [...sent.keys()],
    add: (webhookId: string, count: number, slots: number) =>
      inFlight.add(claim(webhookId, count) as ClaimedDelivery[], slots),
    answer: async (claimToken: string, decision: Decision = delivered) => {
      sent.get(claimToken)?.(decision);
      await new Promise((resolve) => void setImmediate(resolve));
    },
  };
}

it("sends in as many slots as the webhook has, and the next when one is answered", async () => {
  const { inFlight, add, answer, listSent } = openFlight();
  add("a", 5, 2);
  add("b", 1, 1);
  expect(listSent()).toEqual(["a0", "a1", "b0"]);
  expect([...inFlight.slotsInUse()]).toEqual([
    ["a", 2],
    ["b", 1],
  ]);
  expect(inFlight.countWaiting("a")).toBe(3);
  await answer("a1");
  expect(listSent()).toEqual(["a0", "a1", "b0", "a2"]);
  expect(inFlight.tokens().toSorted()).toEqual(["a0", "a1", "a2", "a3", "a4", "b0"]);
});

it("never has more than two for each slot that a killed process would send again", async () => {
  const { inFlight, add, answer, listSent } = openFlight();
  add("a", 9, 2);
  for (const token of ["a0", "a1", "a2", "a3"]) await answer(token);
  expect(listSent()).toEqual(["a0", "a1", "a2", "a3"]);
  inFlight.wakeSoon();
  const ended = inFlight.takeEnded();
  expect(ended.map(({ record }) => record.claimToken)).toEqual(["a0", "a1", "a2", "a3"]);
  expect(listSent()).toHaveLength(4);
  inFlight.forget(ended);
  expect(listSent()).toEqual(["a0", "a1", "a2", "a3", "a4", "a5"]);
});

it("hands back what waits when an attempt of its webhook fails, and nothing of the others", async () => {
  const { inFlight, add, answer, listSent } = openFlight();
  add("a", 4, 2);
  add("b", 2, 1);
  await answer("a0", failed);
  expect(inFlight.listHandedBack()).toEqual(["a2", "a3"]);
  inFlight.forgetHandedBack(["a2", "a3"]);
  expect(inFlight.listHandedBack()).toEqual([]);
  expect(listSent()).toEqual(["a0", "a1", "b0"]);
  expect(inFlight.countWaiting()).toBe(1);
});

it("sends nothing more once it is drained, and waits for what has been sent", async () => {
  const { inFlight, add, answer, listSent } = openFlight();
  add("a", 3, 1);
  let isDrained = false;
  const drained = inFlight.drain(10_000).then(() => (isDrained = true));
  await answer("a0");
  expect(isDrained).toBe(false);
  inFlight.forget(inFlight.takeEnded());
  await drained;
  expect(listSent()).toEqual(["a0"]);
  expect(inFlight.tokens()).toEqual(["a1", "a2"]);
});

it("keeps nothing of a webhook that has nothing under way", async () => {
  const { inFlight, add, answer } = openFlight();
  add("a", 1, 1);
  await answer("a0");
  inFlight.forget(inFlight.takeEnded());
  expect([...inFlight.slotsInUse()]).toEqual([]);
});
