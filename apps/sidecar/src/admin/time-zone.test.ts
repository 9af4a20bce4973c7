import { expect, test } from "vitest";
import { findLocal, listStarts, toLocal } from "./time-zone.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const times = (
  since: string,
  until: string,
  { bucketMs, timeZone }: { bucketMs: number; timeZone: string },
): string[] =>
  listStarts({ since: new Date(since), until: new Date(until), bucketMs, timeZone }).map((at) =>
    at.toISOString().slice(5, 16),
  );

test("days begin at midnight of the reader's zone, half an hour beside those of UTC", () => {
  const days = { bucketMs: dayMs, timeZone: "Asia/Kolkata" };
  expect(times("2026-11-20T18:29:00Z", "2026-11-22T12:00:00Z", days)).toEqual([
    "11-19T18:30",
    "11-20T18:30",
    "11-21T18:30",
  ]);
  expect(times("2026-11-20T18:30:00Z", "2026-11-21T18:30:00Z", days)).toEqual(["11-20T18:30"]);
});

test("a day has 23 hours when the clock is put forward and 25 when it is put back", () => {
  const days = { bucketMs: dayMs, timeZone: "Europe/Berlin" };
  expect(times("2026-03-28T12:00:00Z", "2026-03-31T00:00:00Z", days)).toEqual([
    "03-27T23:00",
    "03-28T23:00",
    "03-29T22:00",
    "03-30T22:00",
  ]);
  expect(times("2026-10-25T12:00:00Z", "2026-10-27T00:00:00Z", days)).toEqual([
    "10-24T22:00",
    "10-25T23:00",
    "10-26T23:00",
  ]);
});

test("a day whose midnight is skipped begins with the first hour that there is", () => {
  const days = { bucketMs: dayMs, timeZone: "America/Santiago" };
  expect(times("2026-09-05T12:00:00Z", "2026-09-07T12:00:00Z", days)).toEqual([
    "09-05T04:00",
    "09-06T04:00",
    "09-07T03:00",
  ]);
});

test("quarters of a day go by the clock on the wall, single hours by that of UTC", () => {
  const quarters = { bucketMs: 6 * hourMs, timeZone: "Europe/Berlin" };
  expect(times("2026-03-28T23:30:00Z", "2026-03-29T12:00:00Z", quarters)).toEqual([
    "03-28T23:00",
    "03-29T04:00",
    "03-29T10:00",
  ]);
  const hours = { bucketMs: hourMs, timeZone: "Asia/Kolkata" };
  expect(times("2026-11-22T10:10:00Z", "2026-11-22T12:00:00Z", hours)).toEqual([
    "11-22T10:00",
    "11-22T11:00",
  ]);
});

test("a time that is typed is that of the clock on the wall, and is shown as it was typed", () => {
  const zones = ["Asia/Kolkata", "Europe/Berlin", "America/Santiago", "UTC"];
  for (const zone of zones) {
    for (const text of ["2026-03-29T04:00:00", "2026-11-22T12:30:15"]) {
      expect(toLocal(findLocal(text, zone) ?? new Date(0), zone)).toBe(text);
    }
  }
  expect(findLocal("2026-11-22T12:30", "Asia/Kolkata")?.toISOString()).toBe("2026-11-22T07:00:00.000Z");
  for (const text of ["", "yesterday", "2026-13-40T12:30", "2026-11-22"]) {
    expect(findLocal(text, "UTC")).toBeUndefined();
  }
});
