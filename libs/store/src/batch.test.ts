import { expect, test } from "vitest";
import { createBatch } from "./batch.ts";

/** Commits and syncs that end when told to; what is odd fails the group it is in. */
function makeBatch(maxSize = 100) {
  const groups: (readonly number[])[] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  const syncs: PromiseWithResolvers<void>[] = [];
  const batch = createBatch<number, string>({
    maxSize: () => maxSize,
    untilDurable: () => syncs[groups.length - 1]?.promise ?? Promise.resolve(),
    isNobodysFault: (error) => error instanceof RangeError,
    async commit(inputs) {
      groups.push(inputs);
      await gates[groups.length - 1]?.promise;
      if (inputs.includes(13)) throw new Error("unlucky");
      if (inputs.includes(99)) throw new RangeError("disk full");
      return inputs.map((input) => `stored ${input}`);
    },
  });
  return { batch, groups, gates, syncs };
}

test("shares one commit among all who ask within one turn", async () => {
  const { batch, groups } = makeBatch();
  expect(await Promise.all([1, 2, 3].map((input) => batch.add(input)))).toEqual([
    "stored 1",
    "stored 2",
    "stored 3",
  ]);
  expect(groups).toEqual([[1, 2, 3]]);
});

test("fills a group while the one before commits, and keeps the order", async () => {
  const { batch, groups, gates } = makeBatch();
  gates.push(Promise.withResolvers());
  const first = batch.add(1);
  await expect.poll(() => groups.length).toBe(1);
  const others = [2, 3, 4].map((input) => batch.add(input));
  gates[0]?.resolve();
  await Promise.all([first, ...others]);
  expect(groups).toEqual([[1], [2, 3, 4]]);
});

test("commits the next group while the one before is synced, and answers each only then", async () => {
  const { batch, groups, syncs } = makeBatch();
  syncs.push(Promise.withResolvers(), Promise.withResolvers());
  const answered: string[] = [];
  const first = batch.add(1).then((answer) => answered.push(answer));
  await expect.poll(() => groups.length).toBe(1);
  const second = batch.add(2).then((answer) => answered.push(answer));
  await expect.poll(() => groups.length).toBe(2);
  let isDrained = false;
  const drained = batch.drain().then(() => (isDrained = true));
  syncs[0]?.resolve();
  await first;
  expect(answered).toEqual(["stored 1"]);
  expect(isDrained).toBe(false);
  syncs[1]?.resolve();
  await Promise.all([second, drained]);
});

test("rejects a whole group that could not be synced", async () => {
  const { batch, groups, syncs } = makeBatch();
  syncs.push(Promise.withResolvers());
  const results = Promise.allSettled([1, 2].map((input) => batch.add(input)));
  await expect.poll(() => groups.length).toBe(1);
  syncs[0]?.reject(new Error("input/output error"));
  expect((await results).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(groups).toEqual([[1, 2]]);
  await batch.drain();
});

test("never makes a group larger than allowed", async () => {
  const { batch, groups } = makeBatch(2);
  await Promise.all([1, 2, 3, 4, 5].map((input) => batch.add(input)));
  expect(groups).toEqual([[1, 2], [3, 4], [5]]);
});

test("rejects only the one that fails alone", async () => {
  const { batch, groups } = makeBatch();
  const results = await Promise.allSettled([1, 13, 2].map((input) => batch.add(input)));
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(groups).toEqual([[1, 13, 2], [1], [13], [2]]);
});

test("does not try each alone when the database is to blame", async () => {
  const { batch, groups } = makeBatch();
  const results = await Promise.allSettled([1, 99].map((input) => batch.add(input)));
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(groups).toEqual([[1, 99]]);
});

test("is drained once everything is committed, and goes on afterwards", async () => {
  const { batch, groups } = makeBatch(1);
  const adding = [1, 2].map((input) => batch.add(input));
  await batch.drain();
  expect(groups).toEqual([[1], [2]]);
  await Promise.all(adding);
  await batch.drain();
  expect(await batch.add(3)).toBe("stored 3");
});
