import { describe, expect, it } from "vitest";
import { createDueList } from "./due-list.ts";

const lanes = [{ lane: 1 }];
const share = (limit: number) => ({ webhookId: "a", lanes, limit, slots: limit });

/** Whose list holds the number of times it was asked for as its concurrency. */
function start() {
  const state = { nowMs: 0, times: 0 };
  const list = async () => {
    const webhook = { webhookId: "a", lanes, dueAt: new Date(0), canClaimAhead: true };
    return [{ ...webhook, maxConcurrency: ++state.times }];
  };
  const dueList = createDueList({ list, monotonicMs: () => state.nowMs });
  return { state, dueList, read: async () => (await dueList.read())[0]?.maxConcurrency };
}

describe("createDueList", () => {
  it("lists anew after a claim that found less than was asked for, and after none", async () => {
    const { dueList, read } = start();
    expect([await read(), await read()]).toEqual([1, 2]);
    dueList.noteClaim([share(5), share(3)], 7);
    expect(await read()).toBe(3);
    dueList.noteClaim([], 0);
    expect(await read()).toBe(4);
  });

  it("keeps the list while claims get all they ask for, but not for long", async () => {
    const { state, dueList, read } = start();
    await read();
    dueList.noteClaim([share(5), share(3)], 8);
    state.nowMs = 99;
    expect([await read(), await read()]).toEqual([1, 1]);
    state.nowMs = 100;
    expect(await read()).toBe(2);
  });

  it("lists anew when something has become due, also between a claim and its end", async () => {
    const { dueList, read } = start();
    await read();
    dueList.noteClaim([share(1)], 1);
    dueList.forget();
    expect(await read()).toBe(2);
    dueList.forget();
    dueList.noteClaim([share(1)], 1);
    expect(await read()).toBe(3);
  });
});
