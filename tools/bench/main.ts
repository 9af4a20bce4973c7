/** `npm run bench`: the engine beside others and beside the limit of the machine, in one table. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench, Scenario } from "./bench.ts";
import { engines } from "./engines/index.ts";
import { payloadBytes } from "./events.ts";
import { clientCount, sendAsFastAsPossible } from "./load.ts";
import { describeMachine } from "./machine.ts";
import { parseOptions, type Options } from "./options.ts";
import { ensurePeers } from "./peers.ts";
import { startReceiver, type Receiver } from "./receiving.ts";
import { createResults, type Results } from "./results.ts";
import { away } from "./scenarios/away.ts";
import { bigFanOut } from "./scenarios/big-fan-out.ts";
import { claim } from "./scenarios/claim.ts";
import { hanging } from "./scenarios/hanging.ts";
import { latency, latencySlowDisk } from "./scenarios/latency.ts";
import { receiverLimit } from "./scenarios/receiver-limit.ts";
import { throughput } from "./scenarios/throughput.ts";
import { createServers } from "./servers.ts";
import { formatBalances, formatResults } from "./table.ts";

const scenarios: readonly Scenario[] = [
  receiverLimit,
  throughput,
  latency,
  latencySlowDisk,
  hanging,
  away,
  bigFanOut,
  claim,
];
/** Enough to see that nothing is lost. */
const smokeNames = ["throughput", "bare", "sidecar-sqlite"];
/** One engine of a kind, and what needs no long preparation. */
const quickNames = [
  "receiver",
  "throughput",
  "latency",
  "slow-disk",
  "hanging",
  "bare",
  "bullmq-everysec",
  "pg-boss",
  "graphile",
  "sidecar-sqlite",
  "sidecar-postgres-1",
];

await main();

async function main(): Promise<void> {
  const startedAt = performance.now();
  const options = parseOptions(process.argv.slice(2));
  ensurePeers();
  const folder = mkdtempSync(join(tmpdir(), "sidehook-bench-"));
  chmodSync(folder, 0o755); // Postgres may run as somebody else
  const machine = describeMachine(folder);
  console.log(machine.join("\n"));
  const servers = createServers(folder, {});
  const receiver = await startReceiver(join(folder, "receiver.log"));
  const results = createResults();
  const chosen = choose(options, results);
  const secondsLeft = () => options.maxSeconds - (performance.now() - startedAt) / 1000;
  const hasTimeLeft = () => secondsLeft() > 0;
  const bench: Bench = {
    ...chosen,
    sizes: options.sizes,
    receiver,
    servers,
    results,
    folder,
    round: 0,
    hasTimeLeft,
  };
  try {
    await warmUp(receiver);
    await runRounds(bench, chosen.scenarios, secondsLeft);
  } finally {
    await receiver.stop();
    await servers.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  report(bench, machine);
  if (options.jsonFile !== undefined) writeJson(options.jsonFile, results, machine);
  if (options.isSmoke && results.listBalances().some(([, { lost }]) => lost > 0)) process.exitCode = 1;
}

/** Sends from here to the receiver, so that the engine that comes first meets neither of them as they start. */
async function warmUp(receiver: Receiver): Promise<void> {
  const door = { ports: [receiver.port], headers: {} };
  await sendAsFastAsPossible(door, { type: "warm_up", maxEvents: 30_000, maxSeconds: 3 });
  await receiver.reset();
}

/** Everything once, and again while there is time for it. */
async function runRounds(
  bench: Bench,
  chosen: readonly Scenario[],
  secondsLeft: () => number,
): Promise<void> {
  let neededSeconds = 0;
  for (; bench.round < bench.sizes.rounds && secondsLeft() > neededSeconds; bench.round++) {
    const before = secondsLeft();
    for (const scenario of chosen) {
      console.error(`round ${bench.round + 1}, ${scenario.name}, ${Math.round(secondsLeft())} s left`);
      await scenario.run(bench);
    }
    neededSeconds = before - secondsLeft();
  }
}

/** @throws TypeError for a name that nothing has */
function choose(
  { only, isSmoke, isQuick, isFull }: Options,
  results: Results,
): Pick<Bench, "engines"> & { scenarios: Scenario[] } {
  const names = only.length > 0 ? only : isSmoke ? smokeNames : isQuick ? quickNames : [];
  const unknown = names.filter((name) => ![...scenarios, ...engines].some((item) => item.name === name));
  if (unknown.length > 0) {
    const known = [...scenarios, ...engines].map(({ name }) => name).join(", ");
    throw new TypeError(`nothing is called ${unknown.join(", ")}; known are ${known}`);
  }
  const isChosen = ({ name }: { name: string }) => names.includes(name);
  const chosenEngines = engines.some(isChosen) ? engines.filter(isChosen) : engines;
  const chosenScenarios = scenarios.some(isChosen)
    ? scenarios.filter(isChosen)
    : scenarios.filter(({ isLong }) => isFull || !isLong);
  if (chosenEngines.length < engines.length)
    results.note(`engines: ${chosenEngines.map(({ name }) => name).join(", ")}`);
  return { engines: chosenEngines, scenarios: chosenScenarios };
}

function report({ results, sizes, round, engines: measured }: Bench, machine: readonly string[]): void {
  const lines = [
    "",
    ...machine,
    `Load      ${clientCount} clients, ${clientCount} attempts in flight, bodies of ${payloadBytes} bytes; everything on loopback, receiver and load in processes of their own`,
    `Rounds    ${round} of ${sizes.rounds}, engines in turn; ratios are medians over rounds`,
    "",
    ...measured.map(({ name, about }) => `${name.padEnd(19)} ${about}`),
    "",
    formatResults(results),
    "",
    formatBalances(results.listBalances()),
    ...results.listNotes().map((note) => `\nNote: ${note}`),
  ];
  console.log(lines.join("\n"));
}

function writeJson(file: string, results: Results, machine: readonly string[]): void {
  const balances = Object.fromEntries(results.listBalances());
  const notes = results.listNotes();
  writeFileSync(file, `${JSON.stringify({ machine, rows: results.listRows(), balances, notes }, null, 2)}\n`);
}
