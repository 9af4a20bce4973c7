import { Worker } from "node:worker_threads";
import { once } from "node:events";
import { expect, it } from "vitest";
import { createMetrics, histograms, measureLag } from "./metrics.ts";

it("puts what is observed into the first bucket that is large enough", () => {
  const metrics = createMetrics();
  for (const ms of [0, 5, 5.1, 29_999, 30_000, 30_001, 1e9]) metrics.observe("attemptDuration", "ok", ms);
  const { counts, sumMs } = metrics.readHistogram("attemptDuration", "ok");
  expect(counts).toEqual([2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2]);
  expect(sumMs).toBeCloseTo(0 + 5 + 5.1 + 29_999 + 30_000 + 30_001 + 1e9, 0);
  expect(metrics.readHistogram("attemptDuration", "failed").counts).toEqual(counts.map(() => 0));
});

it("keeps the numbers of all labels apart", () => {
  const metrics = createMetrics();
  metrics.count("attempts", "ok", 3);
  metrics.count("attempts", "address_refused");
  metrics.count("events", "rejected", 0);
  expect(metrics.readCount("attempts", "ok")).toBe(3);
  expect(metrics.readCount("attempts", "address_refused")).toBe(1);
  expect(metrics.readCount("ended", "delivered")).toBe(0);
});

it("counts what several threads count at the same time, without losing one", async () => {
  const metrics = createMetrics();
  const count = `
    const { workerData } = require("node:worker_threads");
    const { metricsUrl, memory, gate } = workerData;
    import(metricsUrl).then(({ createMetrics }) => {
      const metrics = createMetrics(memory);
      Atomics.add(gate, 0, 1);
      while (Atomics.load(gate, 0) < 2); // so that neither is done before the other begins
      for (let i = 0; i < 1000000; i++) metrics.count("attempts", "ok");
    });`;
  const metricsUrl = new URL("./metrics.ts", import.meta.url).href;
  const execArgv = ["--conditions=@sidehook/source"];
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const workerData = { metricsUrl, memory: metrics.memory, gate };
  const threads = [1, 2].map(() => new Worker(count, { eval: true, execArgv, workerData }));
  const ends = await Promise.all(threads.map((thread) => once(thread, "exit")));
  expect(ends).toEqual([[0], [0]]);
  expect(metrics.readCount("attempts", "ok")).toBe(2_000_000);
});

it("sees how long a thread keeps others waiting", async () => {
  const metrics = createMetrics();
  const stop = measureLag(metrics, "api");
  const busyMs = 400;
  for (const end = performance.now() + busyMs; performance.now() < end;);
  const { boundsMs } = histograms.eventLoopLag;
  const countLong = () =>
    metrics
      .readHistogram("eventLoopLag", "api")
      .counts.filter((_, bucket) => (boundsMs[bucket - 1] ?? 0) >= 100)
      .reduce((sum, count) => sum + count, 0);
  await expect.poll(countLong).toBeGreaterThan(0);
  stop();
});
