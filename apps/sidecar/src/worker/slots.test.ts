import { describe, expect, it } from "vitest";
import { msUntilNext, shareSlots } from "./slots.ts";

const now = new Date("2026-11-22T00:00:00Z");
const limits = { concurrency: 10, webhookConcurrency: 4 };
const due = (webhookId: string, inMs = 0, maxConcurrency: number | null = null) => ({
  webhookId,
  dueAt: new Date(now.getTime() + inMs),
  maxConcurrency,
});

describe("shareSlots", () => {
  it("gives one webhook no more than its own limit, however many slots are free", () => {
    expect(shareSlots([due("a")], [], { limits, now })).toEqual([{ webhookId: "a", limit: 4 }]);
    expect(shareSlots([due("a", 0, 2)], [], { limits, now })).toEqual([{ webhookId: "a", limit: 2 }]);
    expect(shareSlots([due("a")], ["a", "a", "a"], { limits, now })).toEqual([{ webhookId: "a", limit: 1 }]);
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
