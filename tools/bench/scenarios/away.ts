import { drain, inTurn, withEngine, type Bench, type Scenario } from "../bench.ts";
import type { Engine } from "../engines/engine.ts";
import { failingPath, type Routes } from "../events.ts";
import { sendOne, sendPaced, type Door } from "../load.ts";

const failingCount = 3_000;
const failingType = "bench_failing";
const healthyType = "bench_healthy";
const routes: Routes = {
  [failingType]: Array.from({ length: failingCount }, (_, at) => `${failingPath}/${at}`),
  [healthyType]: ["/healthy"],
};
const perSecond = 200;
const failedWithinMs = 30_000;

/** Thousands of webhooks that wait for their next try: what another one feels whose receiver is there. */
export const away: Scenario = {
  name: "away",
  async run(bench) {
    const engines = bench.engines.filter(({ name }) =>
      /^(bullmq-everysec|pg-boss|sidecar-(sqlite|postgres-1))$/.test(name),
    );
    await inTurn(bench, engines, (engine) =>
      withEngine(bench, engine, { routes, webhookConcurrency: null }, async ({ door }) => {
        await bench.receiver.reset();
        await drain(bench, engine, await sendPaced(door, { types: [healthyType], perSecond, seconds: 1 }));
        await measure(bench, engine, { door, what: "no receiver is away" });
        await sendOne(door, failingType);
        await bench.receiver.countRefused(failingCount, failedWithinMs);
        await measure(bench, engine, { door, what: "3,000 others' are away" });
      }),
    );
  },
};

async function measure(
  bench: Bench,
  engine: Engine,
  { door, what }: { door: Door; what: string },
): Promise<void> {
  const { receiver, results, sizes } = bench;
  await receiver.reset();
  const sent = await sendPaced(door, { types: [healthyType], perSecond, seconds: sizes.pacedSeconds });
  const { latency } = await drain(bench, engine, sent);
  const figure = `event to attempt at ${perSecond}/s, ${what}`;
  results.add({ name: `${figure}: p50`, unit: "ms" }, engine.name, latency.p50);
  results.add({ name: `${figure}: p99`, unit: "ms" }, engine.name, latency.p99);
}
