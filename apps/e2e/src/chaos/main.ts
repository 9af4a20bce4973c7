// `npm run chaos`: breaks what can break, again and again, and compares the books after each run.
import { parseArgs } from "node:util";
import {
  fillSmallDisk,
  formatReport,
  jumpClock,
  lockSqlite,
  stormOnPostgres,
  stormOnSqlite,
  troublePostgres,
} from "./runs.ts";
import { createRandom } from "./random.ts";
import { fanOutWide, formatScale, sendBurst } from "./scale.ts";
import type { Report } from "./storm.ts";

const usage = "npm run chaos -- [--minutes 15] [--kills 200] [--seed N]";
/** Part of the time in which each of the two storms may kill; the rest is for settling and for the other runs. */
const stormShare = 0.3;
const sidecarsOnPostgres = 3;

const { minutes, kills, seed } = readOptions();
console.log(`Chaos: ${kills} kills or ${minutes} minutes, --seed ${seed}`);
const killForMs = minutes * 60_000 * stormShare;
const storm = { seed, eventsPerSecond: 100, kills: Math.ceil(kills / 2), killForMs };
const runs: (() => Promise<Report>)[] = [
  () => stormOnSqlite(storm),
  () => stormOnPostgres(storm, sidecarsOnPostgres),
  () => troublePostgres(seed, 3),
  () => lockSqlite(seed, [3000, 8000]),
  () => jumpClock(seed),
  () => fillSmallDisk(seed, 5000),
];
let faults = 0;
for (const run of runs) {
  const report = await run();
  console.log(formatReport(report));
  faults += report.faults.length;
}
const random = createRandom(seed);
for (const run of [() => fanOutWide(10_000, random), () => sendBurst(100_000, random)]) {
  const report = await run();
  console.log(formatScale(report));
  faults += report.faults.length;
}
console.log(`${runs.length + 2} runs, ${faults} faults, --seed ${seed}`);
process.exit(faults === 0 ? 0 : 1);

function readOptions(): { minutes: number; kills: number; seed: number } {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "15" },
      kills: { type: "string", default: "200" },
      seed: { type: "string", default: String(Math.floor(Math.random() * 1e9)) },
    },
  });
  const options = {
    minutes: Number(values.minutes),
    kills: Number(values.kills),
    seed: Number(values.seed),
  };
  if (Object.values(options).some(Number.isNaN)) throw new TypeError(usage);
  return options;
}
