import { describe, expect, test } from "vitest";
import { openTestStore, testBackends } from "./testing.ts";

describe.each(testBackends)("the archive on $name", (backend) => {
  test("is off until it is switched on, for every process, and can be switched off again", async () => {
    await using store = await openTestStore(backend);
    await using other = await store.openAnother();
    expect(await store.isArchiveOn()).toBe(false);
    await Promise.all([store.setArchive(true), other.setArchive(true)]);
    expect([await store.isArchiveOn(), await other.isArchiveOn()]).toEqual([true, true]);
    await other.setArchive(false);
    expect(await store.isArchiveOn()).toBe(false);
  });
});
