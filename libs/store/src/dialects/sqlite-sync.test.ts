import { expect, test } from "vitest";
import { createLogSync } from "./sqlite-sync.ts";

/** A log whose syncs end when the test says so. */
function makeLog() {
  const syncs: PromiseWithResolvers<void>[] = [];
  const log = createLogSync(async () => ({
    datasync() {
      const sync = Promise.withResolvers<void>();
      syncs.push(sync);
      return sync.promise;
    },
    close: () => Promise.resolve(),
  }));
  return { log, syncs };
}

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let isOver = false;
  void promise.finally(() => (isOver = true)).catch(() => {});
  await new Promise((resolve) => void setImmediate(resolve));
  return isOver;
}

test("who commits during a sync waits for the next one, and shares it", async () => {
  const { log, syncs } = makeLog();
  const first = log.untilSynced();
  await expect.poll(() => syncs.length).toBe(1);
  const [second, third] = [log.untilSynced(), log.untilSynced()];
  syncs[0]?.resolve();
  await first;
  await expect.poll(() => syncs.length).toBe(2);
  expect(await isSettled(second)).toBe(false);
  const fourth = log.untilSynced();
  syncs[1]?.resolve();
  await Promise.all([second, third]);
  await expect.poll(() => syncs.length).toBe(3);
  expect(await isSettled(fourth)).toBe(false);
  syncs[2]?.resolve();
  await fourth;
});

test("after a failure nothing counts as synced any more", async () => {
  const { log, syncs } = makeLog();
  const first = log.untilSynced();
  await expect.poll(() => syncs.length).toBe(1);
  const second = log.untilSynced();
  syncs[0]?.reject(new Error("input/output error"));
  await expect(first).rejects.toThrow("input/output error");
  await expect(second).rejects.toThrow("input/output error");
  await expect(log.untilSynced()).rejects.toThrow("input/output error");
  expect(syncs.length).toBe(1);
  await log.close();
});
