import { drain, inTurn, withEngine, type Bench, type Scenario } from "../bench.ts";
import type { Engine, RunningEngine } from "../engines/engine.ts";
import type { Routes } from "../events.ts";
import { sendAsFastAsPossible } from "../load.ts";
import { readCpuUs, readPeakMb } from "../processes.ts";
import type { Figure } from "../results.ts";

const fanOuts = [1, 10, 100];
/** Until an engine's code has been compiled: services run for weeks. */
const warmUp = { maxEvents: 5_000, maxSeconds: 2 };

function typeOf(fanOut: number): string {
  return `bench_${fanOut}`;
}

const routes: Routes = Object.fromEntries(
  fanOuts.map((fanOut) => [typeOf(fanOut), Array.from({ length: fanOut }, (_, at) => `/${fanOut}/${at}`)]),
);

const acknowledged: Figure = { name: "acknowledged events, one a request", unit: "/s" };
const acknowledgedInBatches: Figure = { name: "acknowledged events, 100 a request", unit: "/s" };
const atOnce: Figure = { name: "accepted and delivered at once", unit: "/s" };
const engineCpu: Figure = { name: "CPU of the engine per delivery", unit: "µs" };
const serverCpu: Figure = { name: "CPU of its database server per delivery", unit: "µs" };
const peakMemory: Figure = { name: "most memory of the engine", unit: "MB" };

/** How fast events are accepted, backlogs delivered, and both together. */
export const throughput: Scenario = {
  name: "throughput",
  run: (bench) =>
    inTurn(bench, bench.engines, (engine) =>
      withEngine(bench, engine, { routes }, async (running) => {
        await runWarm(bench, engine, running);
        await measureAccepting(bench, engine, running);
        for (const fanOut of fanOuts.slice(1)) await measureFanOut(bench, engine, { running, fanOut });
        await measureBoth(bench, engine, running);
        bench.results.add(peakMemory, engine.name, readPeakMb(running.pids));
      }),
    ),
};

async function runWarm(bench: Bench, engine: Engine, { door }: RunningEngine): Promise<void> {
  await bench.receiver.reset();
  const load = { type: typeOf(1), ...warmUp };
  const single = await sendAsFastAsPossible(door, load);
  const inBatches = await sendAsFastAsPossible(door, { ...load, eventsPerRequest: 100 });
  await drain(bench, engine, single.events + inBatches.events);
}

/** What is accepted while nothing is delivered is the backlog that is delivered then. */
async function measureAccepting(bench: Bench, engine: Engine, running: RunningEngine): Promise<void> {
  const { sizes, results, receiver } = bench;
  await running.pause();
  await receiver.reset();
  const load = { type: typeOf(1), maxEvents: sizes.backlog, maxSeconds: sizes.loadSeconds };
  const single = await sendAsFastAsPossible(running.door, load);
  const inBatches = await sendAsFastAsPossible(running.door, {
    ...load,
    maxEvents: 2 * sizes.backlog,
    eventsPerRequest: 100,
  });
  results.add(acknowledged, engine.name, single.events / single.seconds);
  results.add(acknowledgedInBatches, engine.name, inBatches.events / inBatches.seconds);
  await release(bench, engine, { running, fanOut: 1, expected: single.events + inBatches.events });
}

async function measureFanOut(
  bench: Bench,
  engine: Engine,
  { running, fanOut }: { running: RunningEngine; fanOut: number },
): Promise<void> {
  await running.pause();
  await bench.receiver.reset();
  const maxEvents = Math.ceil(bench.sizes.backlog / fanOut);
  const load = { type: typeOf(fanOut), maxEvents, maxSeconds: 20, eventsPerRequest: Math.ceil(100 / fanOut) };
  const { events } = await sendAsFastAsPossible(running.door, load);
  await release(bench, engine, { running, fanOut, expected: events * fanOut });
}

interface Backlog {
  running: RunningEngine;
  fanOut: number;
  expected: number;
}

async function release(bench: Bench, engine: Engine, { running, fanOut, expected }: Backlog): Promise<void> {
  const serverPids = running.listServerPids();
  const before = [readCpuUs(running.pids), readCpuUs(serverPids)] as const;
  await running.resume();
  const { perSecond, count } = await drain(bench, engine, expected);
  bench.results.add(
    { name: `delivered from a backlog, fan-out ${fanOut}`, unit: "/s" },
    engine.name,
    perSecond,
  );
  if (fanOut > 1) return;
  bench.results.add(engineCpu, engine.name, (readCpuUs(running.pids) - before[0]) / count);
  if (serverPids.length > 0) {
    bench.results.add(serverCpu, engine.name, (readCpuUs(running.listServerPids()) - before[1]) / count);
  }
}

/** From the first request until the last delivery has come. */
async function measureBoth(bench: Bench, engine: Engine, { door }: RunningEngine): Promise<void> {
  const { sizes, results, receiver } = bench;
  await receiver.reset();
  const load = { type: typeOf(1), maxEvents: 2 * sizes.backlog, maxSeconds: sizes.loadSeconds };
  const { events, startedAtMs } = await sendAsFastAsPossible(door, load);
  const { count, lastAtMs } = await drain(bench, engine, events);
  results.add(atOnce, engine.name, (count / (lastAtMs - startedAtMs)) * 1000);
}
