import { expect, it } from "vitest";
import { createGate } from "./gate.ts";

/** Work that lasts until it is told to end. */
function createWork() {
  const started: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<void>>();
  return {
    started,
    begin: (name: string) => () => {
      started.push(name);
      const end = Promise.withResolvers<void>();
      ends.set(name, end);
      return end.promise;
    },
    end: (name: string) => ends.get(name)?.resolve(),
    fail: (name: string) => ends.get(name)?.reject(new Error(name)),
  };
}

it("lets through what fits, and the others in their order", async () => {
  const { started, begin, end } = createWork();
  const gate = createGate(10);
  const all = [gate(6, begin("a")), gate(4, begin("b")), gate(5, begin("c")), gate(1, begin("d"))];
  await expect.poll(() => started).toEqual(["a", "b"]);
  end("b");
  await all[1];
  expect(started).toEqual(["a", "b"]); // c does not fit yet, and d came after it
  end("a");
  await expect.poll(() => started).toEqual(["a", "b", "c", "d"]);
  end("c");
  end("d");
  await Promise.all(all);
});

it("runs alone what is larger than the bound, and nobody waits for ever behind it", async () => {
  const { started, begin, end } = createWork();
  const gate = createGate(10);
  const all = [gate(1, begin("a")), gate(99, begin("b")), gate(1, begin("c"))];
  await expect.poll(() => started).toEqual(["a"]);
  end("a");
  await expect.poll(() => started).toEqual(["a", "b"]);
  end("b");
  await expect.poll(() => started).toEqual(["a", "b", "c"]);
  end("c");
  await Promise.all(all);
});

it("makes room also when work fails", async () => {
  const { started, begin, end, fail } = createWork();
  const gate = createGate(10);
  const failing = gate(10, begin("a"));
  const next = gate(10, begin("b"));
  await expect.poll(() => started).toEqual(["a"]);
  fail("a");
  await expect(failing).rejects.toThrow("a");
  await expect.poll(() => started).toEqual(["a", "b"]);
  end("b");
  await next;
});
