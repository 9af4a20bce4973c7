import { describe, expect, it } from "vitest";
import { msUntilNext, shareSlots } from "./slots.ts";

const now = new Date("2026-11-22T00:00:00Z");
const limits = { concurrency: 10, webhookConcurrency: 4 };
const lanes = [{ lane: 1 }];
const due = (webhookId: string, inMs = 0, maxConcurrency: number | null = null, canClaimAhead = true) => ({
  webhookId,
  lanes,
  dueAt: new Date(now.getTime() + inMs),
  maxConcurrency,
  canClaimAhead,
});
const inUse = (counts: Record<string, number> = {}) => new Map(Object.entries(counts));
const share = (webhookId: string, limit: number, slots = limit) => ({ webhookId, lanes, limit, slots });
const manyDue = (count: number) =>
  Array.from({ length: count }, (_, index) => due(`w${String(index).padStart(2, "0")}`));

describe("shareSlots", () => {
  it("gives one webhook no more than its own limit, however many slots are free", () => {
    const sharing = { limits, now };
    expect(shareSlots([due("a")], inUse(), sharing)).toEqual([share("a", 4)]);
    expect(shareSlots([due("a", 0, 2)], inUse(), sharing)).toEqual([share("a", 2)]);
    expect(shareSlots([due("a")], inUse({ a: 3 }), sharing)).toEqual([share("a", 1, 4)]);
    expect(shareSlots([due("a")], inUse({ a: 4 }), sharing)).toEqual([]);
    expect(shareSlots([due("a")], inUse({ a: 4 }), { ...sharing, limitOf: () => 1 })).toEqual([]);
  });

  it("shares what is free among all that wait", () => {
    const waiting = ["a", "b", "c", "d", "e"].map((id) => due(id));
    expect(shareSlots(waiting, inUse(), { limits, now }).map(({ limit }) => limit)).toEqual([2, 2, 2, 2, 2]);
  });

  it("never gives out more slots than there are", () => {
    const slots = shareSlots(manyDue(30), inUse({ x: 2 }), { limits, now });
    expect(slots.reduce((sum, { limit }) => sum + limit, 0)).toBe(8);
    expect(shareSlots(manyDue(30), inUse({ x: 10 }), { limits, now })).toEqual([]);
  });

  it("lets all have their turn, however many always have something due", () => {
    const served = new Set<string>();
    let after = "";
    for (let pass = 0; pass < 3; pass++) {
      const slots = shareSlots(manyDue(25), inUse(), { limits, now, after });
      for (const { webhookId } of slots) served.add(webhookId);
      after = slots.at(-1)?.webhookId ?? after;
    }
    expect(served.size).toBe(25);
  });

  it("leaves alone what is due later", () => {
    expect(shareSlots([due("later", 1)], inUse(), { limits, now })).toEqual([]);
  });

  it("lets a quick receiver's webhook claim ahead, up to what it may have waiting", () => {
    const sharing = { limits, now, aheadOf: () => 3, countWaiting: () => 5 };
    expect(shareSlots([due("a")], inUse({ a: 3 }), sharing)).toEqual([share("a", 8, 4)]);
    expect(shareSlots([due("a")], inUse({ a: 4 }), sharing)).toEqual([share("a", 7, 4)]);
    expect(shareSlots([due("a")], inUse({ a: 4 }), { ...sharing, countWaiting: () => 12 })).toEqual([]);
  });

  it("claims nothing ahead where an order or a rate says when the next one may go", () => {
    const sharing = { limits, now, aheadOf: () => 3 };
    expect(shareSlots([due("a", 0, 1, false)], inUse(), sharing)).toEqual([share("a", 1)]);
  });

  it("takes nothing ahead for those that send while another has no slot", () => {
    const waiting = [due("a"), ...manyDue(10)];
    const sharing = { limits, now, aheadOf: () => 3 };
    const shares = shareSlots(waiting, inUse({ a: 4 }), sharing);
    expect(shares).toEqual(["w00", "w01", "w02", "w03", "w04", "w05"].map((id) => share(id, 4, 1)));
  });
});

describe("msUntilNext", () => {
  it("is the wait for the next due time; what is due already does not count", () => {
    expect(msUntilNext([due("a"), due("b", 250), due("c", 90)], now)).toBe(90);
    expect(msUntilNext([due("a")], now)).toBe(Infinity);
  });
});
