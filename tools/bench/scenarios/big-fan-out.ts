import { setTimeout as delay } from "node:timers/promises";
import { drain, inTurn, withEngine, type Bench, type Scenario } from "../bench.ts";
import type { Engine, RunningEngine } from "../engines/engine.ts";
import { sendOne } from "../load.ts";

const webhookCount = 10_000;
const bigType = "bench_big";
const smallType = "bench_small";
const routes = {
  [bigType]: Array.from({ length: webhookCount }, (_, at) => `/big/${at}`),
  [smallType]: ["/small"],
};
const repetitions = 3;

/** One event that ten thousand webhooks want, and the event right after it that one wants. */
export const bigFanOut: Scenario = {
  name: "big-fan-out",
  async run(bench) {
    const engines = bench.engines.filter(({ name }) => /^sidecar-(sqlite|postgres-1)$/.test(name));
    await inTurn(bench, engines, (engine) =>
      withEngine(bench, engine, { routes, webhookConcurrency: null }, async (running) => {
        await measure(bench, engine, { running, isWarmUp: true });
        for (let at = 0; at < repetitions; at++) await measure(bench, engine, { running, isWarmUp: false });
      }),
    );
  },
};

async function measure(
  bench: Bench,
  engine: Engine,
  { running: { door }, isWarmUp }: { running: RunningEngine; isWarmUp: boolean },
): Promise<void> {
  const { receiver, results } = bench;
  await receiver.reset();
  const big = sendOne(door, bigType);
  await delay(5); // so that it comes second
  const nextMs = await sendOne(door, smallType);
  const counted = await drain(bench, engine, webhookCount + 1);
  if (isWarmUp) return;
  results.add({ name: "one event for 10,000 webhooks: accepted after", unit: "ms" }, engine.name, await big);
  results.add({ name: "the next event: accepted after", unit: "ms" }, engine.name, nextMs);
  results.add({ name: "the 10,000: delivered", unit: "/s" }, engine.name, counted.perSecond);
}
