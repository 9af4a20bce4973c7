import { drain, inTurn, withEngine, type Bench, type Scenario } from "../bench.ts";
import type { Engine } from "../engines/engine.ts";
import { hangingPath, type Routes } from "../events.ts";
import { sendAsFastAsPossible, sendPaced } from "../load.ts";

const healthyCount = 49;
const eventsPerSecondEach = 4;
/** More than any engine has slots, so that one without a limit for each webhook has none left. */
const hangingEvents = 200;
const hangingType = "bench_hanging";

const healthyTypes = Array.from({ length: healthyCount }, (_, at) => `bench_healthy_${at}`);
const routes: Routes = {
  [hangingType]: [hangingPath],
  ...Object.fromEntries(healthyTypes.map((type) => [type, [`/${type}`]])),
};

/** Fifty webhooks of one origin: what the other forty-nine feel when one of them never answers. */
export const hanging: Scenario = {
  name: "hanging",
  async run(bench) {
    const engines = bench.engines.filter(({ name }) =>
      /^(bullmq-everysec|graphile|sidecar-(sqlite|postgres-1))$/.test(name),
    );
    await inTurn(bench, engines, (engine) =>
      // how many attempts one webhook may have in flight is what this is about: the engine's own default
      withEngine(bench, engine, { routes, webhookConcurrency: null }, async ({ door }) => {
        const pace = { types: healthyTypes, perSecond: healthyCount * eventsPerSecondEach };
        await bench.receiver.reset();
        await drain(bench, engine, await sendPaced(door, { ...pace, seconds: 1 }));
        await measure(bench, engine, "none hangs", () =>
          sendPaced(door, { ...pace, seconds: bench.sizes.pacedSeconds }),
        );
        await sendAsFastAsPossible(door, { type: hangingType, maxEvents: hangingEvents, maxSeconds: 5 });
        await measure(bench, engine, "one hangs", () =>
          sendPaced(door, { ...pace, seconds: bench.sizes.pacedSeconds }),
        );
      }),
    );
  },
};

async function measure(
  bench: Bench,
  engine: Engine,
  what: string,
  send: () => Promise<number>,
): Promise<void> {
  const { receiver, results } = bench;
  await receiver.reset();
  const sent = await send();
  const inTime = await receiver.count(sent, 1_000);
  const figure = `49 healthy webhooks at ${eventsPerSecondEach}/s each, ${what}`;
  results.add(
    { name: `${figure}: delivered within a second`, unit: "%" },
    engine.name,
    (inTime.count / sent) * 100,
  );
  results.add({ name: `${figure}: p99`, unit: "ms" }, engine.name, inTime.latency.p99);
}
