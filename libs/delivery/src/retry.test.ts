import { describe, expect, it } from "vitest";
import {
  defaultScheduleMs,
  nextWait,
  parseDuration,
  parseRetryAfter,
  parseSchedule,
  respectRetryAfter,
} from "./retry.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

describe("parseDuration", () => {
  it.each([
    ["0s", 0],
    ["250ms", 250],
    ["5s", 5 * second],
    [" 5m ", 5 * minute],
    ["1.5h", 90 * minute],
    ["30d", 30 * 24 * hour],
  ])("reads %s", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(["", "5", "s", "-5s", "5 s", "5S", "5sec", "1e3s", "Infinitys", "５s", "5s5s"])(
    "refuses %j",
    (text) => {
      expect(() => parseDuration(text)).toThrow(RangeError);
    },
  );
});

describe("parseSchedule", () => {
  it("reads the default schedule, about three days long", () => {
    expect(defaultScheduleMs).toEqual([
      5 * second,
      5 * minute,
      30 * minute,
      2 * hour,
      5 * hour,
      10 * hour,
      14 * hour,
      20 * hour,
      24 * hour,
    ]);
    expect(defaultScheduleMs.reduce((sum, ms) => sum + ms, 0) / hour).toBeCloseTo(75.6, 1);
  });

  it("takes an empty text as no retry at all", () => {
    expect(parseSchedule(" ")).toEqual([]);
  });

  it("names every wrong entry at once", () => {
    expect(() => parseSchedule("5s,soon,5m,,later")).toThrow(/"soon".*"" .*"later"/);
  });
});

describe("nextWait", () => {
  const policy = { scheduleMs: [10 * second, 100 * second] };

  it("spreads each wait over ±20 %", () => {
    expect(nextWait(policy, 1, () => 0)).toBe(8 * second);
    expect(nextWait(policy, 1, () => 0.5)).toBe(10 * second);
    expect(nextWait(policy, 1, () => 1 - Number.EPSILON)).toBe(12 * second);
    expect(nextWait(policy, 2, () => 0.5)).toBe(100 * second);
  });

  it("ends with the schedule", () => {
    expect(nextWait(policy, 3, () => 0.5)).toBeNull();
    expect(nextWait({ scheduleMs: [] }, 1, () => 0.5)).toBeNull();
  });
});

describe("parseRetryAfter", () => {
  const now = new Date("1994-11-06T08:49:07Z");

  it.each([
    ["0", 0],
    ["120", 120 * second],
    [" 7 ", 7 * second],
    ["1.2", 2 * second],
    ["0.001", second],
    ["Sun, 06 Nov 1994 08:49:37 GMT", 30 * second],
    ["Sunday, 06-Nov-94 08:49:37 GMT", 30 * second],
    ["Sun Nov  6 08:49:37 1994", 30 * second],
    ["Sun, 06 Nov 1994 08:00:00 GMT", 0],
  ])("reads %j", (header, ms) => {
    expect(parseRetryAfter(header, now)).toBe(ms);
  });

  it.each([
    undefined,
    "",
    "-1",
    "1e9",
    "soon",
    "foo 5",
    "5, 10",
    "0x10",
    "120s",
    "2030-01-01T00:00:00Z",
    "Sun, 06 Nov 1994 08:49:37 +0100",
    "Sun, 06 Foo 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 99:49:37 GMT",
    "99999999999",
  ])("ignores %j", (header) => {
    expect(parseRetryAfter(header, now)).toBeNull();
  });

  it("counts between our own wait and 24 hours", () => {
    expect(respectRetryAfter(5 * second, null)).toBe(5 * second);
    expect(respectRetryAfter(5 * second, 0)).toBe(5 * second);
    expect(respectRetryAfter(5 * second, minute)).toBe(minute);
    expect(respectRetryAfter(5 * second, 48 * hour)).toBe(24 * hour);
    expect(respectRetryAfter(30 * hour, 48 * hour)).toBe(30 * hour);
  });
});
