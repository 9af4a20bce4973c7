import { describe, expect, it } from "vitest";
import { createIdSource, eventIdPattern } from "./index.ts";

const start = Date.UTC(2026, 10, 21);

describe("createIdSource", () => {
  it("makes a prefixed UUID of version 7 that holds the time", () => {
    const id = createIdSource(() => start)("evt");
    expect(id).toMatch(/^evt_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(parseInt(id.slice(4, 12) + id.slice(13, 17), 16)).toBe(start);
    expect(id).toMatch(eventIdPattern);
  });

  it("makes ids that grow within one millisecond, also when it has no room for more", () => {
    const newId = createIdSource(() => start);
    const ids = Array.from({ length: 10_000 }, () => newId("dlv"));
    expect(ids).toEqual(sortedOnce(ids));
  });

  it("makes ids that grow when the clock steps back and when it goes on", () => {
    const times = [start, start - 60_000, start - 60_000, start + 1, start, start + 2];
    const newId = createIdSource(() => times.shift() ?? start);
    const ids = Array.from({ length: 8 }, () => newId("att"));
    expect(ids).toEqual(sortedOnce(ids));
  });

  it("never makes the same id as another process in the same millisecond", () => {
    const [one, other] = [createIdSource(() => start), createIdSource(() => start)];
    const ids = Array.from({ length: 1000 }, () => [one("evt"), other("evt")]).flat();
    expect(new Set(ids).size).toBe(2000);
  });
});

function sortedOnce(ids: string[]): string[] {
  return [...new Set(ids)].toSorted();
}
