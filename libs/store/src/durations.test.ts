import { expect, test } from "vitest";
import { createDurationCounts, quantileOf } from "./durations.ts";

const hourMs = 3_600_000;
const hour = (at: number) => new Date(Date.UTC(2026, 10, 22) + at * hourMs);
const attempt = (durationMs: number, at = 0, webhookId = "a") => ({
  webhookId,
  startedAt: hour(at),
  durationMs,
});

test("a quantile is off by an eighth or a millisecond at most, up to a minute", () => {
  for (let ms = 1; ms <= 60_000; ms = Math.ceil(ms * 1.07)) {
    const counts = createDurationCounts();
    counts.note([attempt(ms)]);
    const said = quantileOf(counts.takeAll(), 0.95) ?? 0;
    expect(Math.abs(said - ms), `${ms} ms`).toBeLessThanOrEqual(Math.max(1, ms * 0.125));
  }
});

test("the slowest twentieth decides the quantile of 95, whatever the order", () => {
  const counts = createDurationCounts();
  counts.note(Array.from({ length: 100 }, (_, n) => attempt(n < 6 ? 5_000 : 10)));
  const steps = counts.takeAll();
  expect([quantileOf(steps, 0.5), quantileOf(steps, 0.95)]).toEqual([9, 4467]);
  expect(quantileOf(steps.toReversed(), 0.94)).toBe(9);
  expect(quantileOf([], 0.95)).toBe(null);
});

test("each attempt is counted once, by webhook and the hour it began in", () => {
  const counts = createDurationCounts();
  counts.note([attempt(10), attempt(10, 0, "b"), attempt(10, 1)]);
  counts.note([attempt(10, 0.9)]);
  const rows = counts.takeAll().map(({ webhook_id, hour_at, attempts }) => [webhook_id, hour_at, attempts]);
  expect(rows).toEqual([
    ["a", hour(0).getTime(), 2],
    ["a", hour(1).getTime(), 1],
    ["b", hour(0).getTime(), 1],
  ]);
  expect(counts.takeAll()).toEqual([]);
});
