import { expect, it } from "vitest";
import { mustHold, probeWaitMs } from "./hold.ts";

const hourMs = 3_600_000;
const now = new Date("2026-11-22T12:00:00Z");
const ago = (ms: number) => new Date(now.getTime() - ms);

it.for<[Date | null, number, boolean]>([
  [null, 1000, false],
  [ago(24 * hourMs), 10, true],
  [ago(24 * hourMs - 1), 10, false],
  [ago(24 * hourMs), 9, false],
  [ago(240 * hourMs), 9, false],
  [ago(hourMs), 1000, false],
])("a webhook that fails since %s with %i failures is held: %s", ([failingSince, failures, expected]) => {
  expect(mustHold({ failingSince, failures }, now)).toBe(expected);
});

it("probes on a back-off up to once an hour", () => {
  const minutes = [0, 1, 2, 3, 4, 5, 1e6].map((probes) => probeWaitMs(probes) / 60_000);
  expect(minutes).toEqual([5, 10, 20, 40, 60, 60, 60]);
});
