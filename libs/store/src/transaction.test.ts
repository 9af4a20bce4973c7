import { expect, test } from "vitest";
import { sideBySide } from "./transaction.ts";

test("what is done side by side answers in the order in which it was asked", async () => {
  expect(await sideBySide([Promise.resolve(1), undefined, Promise.resolve("b")])).toEqual([
    1,
    undefined,
    "b",
  ]);
});

test("what is done side by side fails with what failed first, when nothing of it goes on any more", async () => {
  const slow = Promise.withResolvers<void>();
  const ended: string[] = [];
  const parts = [
    slow.promise.finally(() => ended.push("slow")),
    Promise.reject(new Error("first")).finally(() => slow.reject(new Error("second"))),
  ] as const;
  await expect(sideBySide(parts)).rejects.toThrow("first");
  expect(ended).toEqual(["slow"]);
});
