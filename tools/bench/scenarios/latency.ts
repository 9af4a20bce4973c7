import { drain, inTurn, withEngine, type Bench, type Scenario } from "../bench.ts";
import type { Engine, RunningEngine } from "../engines/engine.ts";
import { sendPaced } from "../load.ts";
import { createServers, type Servers } from "../servers.ts";
import { buildSlowDisk } from "../slow-disk.ts";

const type = "bench_paced";
const routes = { [type]: ["/paced"] };
const warmUpSeconds = 1;
const slowDiskMs = 4;

/** How long it takes from an event to its attempt, at a pace that every engine keeps up with. */
export const latency: Scenario = {
  name: "latency",
  run: (bench) =>
    inTurn(bench, bench.engines, (engine) =>
      withEngine(bench, engine, { routes }, async (running) => {
        for (const perSecond of bench.sizes.paces)
          await measure(bench, engine, { running, perSecond, where: "" });
      }),
    ),
};

/** The same with a disk that needs 4 ms longer for each fsync, as many do. */
export const latencySlowDisk: Scenario = {
  name: "slow-disk",
  async run(bench) {
    const env = buildSlowDisk(bench.folder, slowDiskMs);
    if (!env) {
      bench.results.note("slow-disk was left out: it needs a C compiler (gcc) and Linux");
      return;
    }
    const servers = createServers(bench.folder, env);
    const engines = bench.engines.filter(({ name }) => name !== "bare");
    try {
      await inTurn(bench, engines, (engine) => measureSlow(bench, engine, { env, servers }));
    } finally {
      await servers.stop();
    }
  },
};

async function measureSlow(
  bench: Bench,
  engine: Engine,
  slow: { env: Record<string, string>; servers: Servers },
): Promise<void> {
  await withEngine(bench, engine, { routes, ...slow }, (running) =>
    measure(bench, engine, { running, perSecond: 200, where: `, each fsync ${slowDiskMs} ms longer` }),
  );
}

interface Pace {
  running: RunningEngine;
  perSecond: number;
  where: string;
}

async function measure(bench: Bench, engine: Engine, { running, perSecond, where }: Pace): Promise<void> {
  const { receiver, results, sizes } = bench;
  await receiver.reset();
  const warmUp = await sendPaced(running.door, { types: [type], perSecond, seconds: warmUpSeconds });
  await drain(bench, engine, warmUp);
  await receiver.reset();
  const sent = await sendPaced(running.door, { types: [type], perSecond, seconds: sizes.pacedSeconds });
  const counted = await drain(bench, engine, sent);
  for (const quantile of ["p50", "p95", "p99"] as const) {
    const name = `event to attempt at ${perSecond}/s${where}, ${quantile}`;
    results.add({ name, unit: "ms" }, engine.name, counted.latency[quantile]);
  }
}
