import { describe, expect, it } from "vitest";
import { msUntilNext, shareSlots } from "./slots.ts";

const now = new Date("2026-11-22T00:00:00Z");
const limits = { concurrency: 10, webhookConcurrency: 4 };
const lanes = [1];
const due = (webhookId: string, inMs = 0, maxConcurrency: number | null = null) => ({
  webhookId,
  lanes,
  dueAt: new Date(now.getTime() + inMs),
  maxConcurrency,
});

describe("shareSlots", () => {
  it("gives one webhook no more than its own limit, however many slots are free", () => {
    expect(shareSlots([due("a")], [], { limits, now })).toEqual([{ webhookId: "a", lanes, limit: 4 }]);
    expect(shareSlots([due("a", 0, 2)], [], { limits, now })).toEqual([{ webhookId: "a", lanes, limit: 2 }]);
    expect(shareSlots([due("a")], ["a", "a", "a"], { limits, now })).toEqual([
      { webhookId: "a", lanes, limit: 1 },
    ]);
    expect(shareSlots([due("a")], ["a", "a", "a", "a"], { limits, now })).toEqual([]);
  });

  it("shares what is free among all that wait", () => {
    const waiting = ["a", "b", "c", "d", "e"].map((id) => due(id));
    expect(shareSlots(waiting, [], { limits, now }).map(({ limit }) => limit)).toEqual([2, 2, 2, 2, 2]);
  });

  it("never gives out more slots than there are", () => {
    const waiting = Array.from({ length: 30 }, (_, index) => due(`w${index}`));
    const slots = shareSlots(waiting, ["x", "x"], { limits, now });
    expect(slots.reduce((sum, { limit }) => sum + limit, 0)).toBe(8);
    expect(shareSlots(waiting, Array<string>(10).fill("x"), { limits, now })).toEqual([]);
  });

  it("lets all have their turn, however many always have something due", () => {
    const waiting = Array.from({ length: 25 }, (_, index) => due(`w${String(index).padStart(2, "0")}`));
    const served = new Set<string>();
    let after = "";
    for (let pass = 0; pass < 3; pass++) {
      const slots = shareSlots(waiting, [], { limits, now, after });
      for (const { webhookId } of slots) served.add(webhookId);
      after = slots.at(-1)?.webhookId ?? after;
    }
    expect(served.size).toBe(25);
  });

  it("leaves alone what is due later", () => {
    expect(shareSlots([due("later", 1)], [], { limits, now })).toEqual([]);
  });
});

describe("msUntilNext", () => {
  it("is the wait for the next due time; what is due already does not count", () => {
    expect(msUntilNext([due("a"), due("b", 250), due("c", 90)], now)).toBe(90);
    expect(msUntilNext([due("a")], now)).toBe(Infinity);
  });
});
