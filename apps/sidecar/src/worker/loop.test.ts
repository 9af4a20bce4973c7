import { describe, expect, it } from "vitest";
import { startLoop } from "./loop.ts";

function noFault(error: unknown): never {
  throw error;
}

describe("startLoop", () => {
  it("makes the next pass when the last one said so", async () => {
    let passes = 0;
    const loop = startLoop(() => Promise.resolve(++passes < 3 ? 1 : Infinity), noFault);
    await expect.poll(() => passes).toBe(3);
    await loop.stop();
  });

  it("makes one more pass for a call during a pass, so that nothing is overlooked", async () => {
    let passes = 0;
    const loop = startLoop(async () => {
      if (++passes === 1) loop.wake();
      return Promise.resolve(Infinity);
    }, noFault);
    await expect.poll(() => passes).toBe(2);
    await loop.stop();
  });

  it("never runs two passes at once", async () => {
    let running = 0;
    let most = 0;
    let passes = 0;
    const loop = startLoop(async () => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      passes++;
      return 0;
    }, noFault);
    for (let i = 0; i < 50; i++) loop.wake();
    await expect.poll(() => passes).toBeGreaterThan(5);
    await loop.stop();
    expect(most).toBe(1);
  });

  it("goes on after a fault", async () => {
    const faults: unknown[] = [];
    let passes = 0;
    const loop = startLoop(
      () => (++passes === 1 ? Promise.reject(new Error("database is gone")) : Promise.resolve(Infinity)),
      (error) => faults.push(error),
    );
    await expect.poll(() => passes).toBe(2);
    await loop.stop();
    expect(faults).toHaveLength(1);
  });

  it("makes no pass after the stop", async () => {
    let passes = 0;
    const loop = startLoop(() => Promise.resolve(++passes && 0), noFault);
    await expect.poll(() => passes).toBeGreaterThan(0);
    await loop.stop();
    const last = passes;
    loop.wake();
    await new Promise(setImmediate);
    expect(passes).toBe(last);
  });
});
