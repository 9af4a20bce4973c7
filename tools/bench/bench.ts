import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Engine, EngineSettings, RunningEngine } from "./engines/engine.ts";
import { clientCount } from "./load.ts";
import type { Receiver } from "./receiving.ts";
import type { Results } from "./results.ts";
import type { Counted } from "./receiver.ts";
import type { Servers } from "./servers.ts";

/** How much is measured. */
export interface Sizes {
  rounds: number;
  /** Deliveries of a backlog. */
  backlog: number;
  /** How long clients send as fast as they can. */
  loadSeconds: number;
  /** Events per second at which the latency is measured. */
  paces: readonly number[];
  /** How long events come at an even pace. */
  pacedSeconds: number;
  /** Deliveries that wait while the cost of claiming is measured. */
  claimBacklogs: readonly number[];
  /** Attempts in the log while the cost of recording is measured. */
  loggedAttempts: number;
}

/** What every scenario works with. */
export interface Bench {
  /** Those that were asked for. */
  engines: readonly Engine[];
  sizes: Sizes;
  receiver: Receiver;
  servers: Servers;
  results: Results;
  folder: string;
  /** Counted from 0. */
  round: number;
  /** False when the run should come to its end. */
  hasTimeLeft: () => boolean;
}

export interface Scenario {
  /** For `--only`. */
  name: string;
  /** Whether it is only run when asked for, since it takes long. */
  isLong?: boolean;
  /** One round of it. */
  run: (bench: Bench) => Promise<void>;
}

/** Longer than any engine should need for what it is given. */
const drainMs = 60_000;

let folderCount = 0;

/** Starts an engine on an empty database, and ends it and what it has written whatever happens. */
export async function withEngine(
  bench: Bench,
  engine: Engine,
  settings: Pick<EngineSettings, "routes"> & Partial<EngineSettings>,
  use: (running: RunningEngine) => Promise<void>,
): Promise<void> {
  const folder = join(bench.folder, `engine-${++folderCount}`);
  mkdirSync(folder);
  try {
    const running = await engine.start({
      receiverUrl: `http://127.0.0.1:${bench.receiver.port}`,
      concurrency: clientCount,
      webhookConcurrency: clientCount,
      servers: bench.servers,
      env: {},
      folder,
      ...settings,
    });
    try {
      await use(running);
    } finally {
      await running.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs every engine, each round beginning with another, so that what else the machine does meets all of them. */
export async function inTurn(
  { round, hasTimeLeft, results }: Bench,
  engines: readonly Engine[],
  run: (engine: Engine) => Promise<void>,
): Promise<void> {
  const first = round % Math.max(1, engines.length);
  for (const engine of [...engines.slice(first), ...engines.slice(0, first)]) {
    if (hasTimeLeft()) await run(engine);
    else results.note("the time was not enough for everything: some figures are missing in the last round");
  }
}

/** Waits until all that was accepted has come, and keeps the books. */
export async function drain(bench: Bench, engine: Engine, expected: number): Promise<Counted> {
  const counted = await bench.receiver.count(expected, drainMs);
  const lost = expected - counted.count;
  bench.results.count(engine.name, { expected, lost, duplicates: counted.duplicates });
  if (lost > 0)
    bench.results.note(`${engine.name}: ${lost} of ${expected} had not come after ${drainMs / 1000} s`);
  return counted;
}
