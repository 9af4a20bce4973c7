import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startPostgres } from "../../../../tools/postgres.ts";
import { createMovableClock } from "./clock.ts";
import { openPostgresLine } from "./postgres-line.ts";
import { createRandom, pick } from "./random.ts";
import { openStage, type Stage, type StageOptions } from "./stage.ts";
import { report, runStorm, type Report } from "./storm.ts";
import { fillDisk, holdWriteLock, moveClock, smallDisk } from "./troubles.ts";

/** Enough to be in the way of what breaks. */
const calm = 50;

export interface StormRun {
  seed: number;
  eventsPerSecond: number;
  kills: number;
  killForMs: number;
}

/** One sidecar on a file, killed again and again. */
export function stormOnSqlite({ seed, eventsPerSecond, ...storm }: StormRun): Promise<Report> {
  const options = { count: 1, random: createRandom(seed), prefix: "sqlite", eventsPerSecond };
  return onStage(options, (stage) => runStorm(stage, { name: "kill -9, SQLite", ...storm }));
}

/** Several sidecars on one server, which is restarted, cut off and silent at times between the kills. */
export function stormOnPostgres(
  { seed, eventsPerSecond, ...storm }: StormRun,
  count: number,
): Promise<Report> {
  const name = `kill -9, Postgres, ${count} sidecars; server restarted, cut off, silent`;
  const options = { count, random: createRandom(seed), prefix: "postgres", eventsPerSecond };
  return onPostgres(options, (stage, troubles) => {
    const between = async (round: number) => {
      if (round % 3 === 2) await pick(troubles, stage.random)();
    };
    return runStorm(stage, { name, between, ...storm });
  });
}

/** Nobody is killed, so that nothing has a reason to be sent twice. */
export function troublePostgres(seed: number, rounds: number): Promise<Report> {
  const options = { count: 2, random: createRandom(seed), prefix: "trouble", eventsPerSecond: calm };
  return onPostgres(options, async (stage, troubles) => {
    const startedAt = performance.now();
    for (let round = 0; round < rounds; round++) {
      for (const trouble of troubles) {
        await delay(1000);
        await trouble();
      }
    }
    return report(stage, { name: "Postgres restarted, cut off and silent, 2 sidecars", startedAt });
  });
}

type Troubles = readonly (() => Promise<void>)[];

async function onPostgres(
  options: StageOptions,
  run: (stage: Stage, troubles: Troubles) => Promise<Report>,
): Promise<Report> {
  const server = await startPostgres();
  const line = await openPostgresLine(server.url);
  const whileAway = async () => {
    await delay(500 + options.random() * 1500);
    line.restore();
  };
  const troubles = [
    () => server.restart(),
    () => {
      line.cut();
      return whileAway();
    },
    () => {
      line.freeze();
      return whileAway();
    },
  ];
  try {
    const env = { ...options.env, SIDEHOOK_DATABASE_URL: line.url };
    return await onStage({ ...options, env }, (stage) => run(stage, troubles));
  } finally {
    await line.close();
    await server.stop();
  }
}

/** Nobody is killed, but another process locks the file, for longer than a sender is kept waiting too. */
export function lockSqlite(seed: number, holdMs: readonly number[]): Promise<Report> {
  return onStage(
    { count: 1, random: createRandom(seed), prefix: "locked", eventsPerSecond: calm },
    async (stage) => {
      const startedAt = performance.now();
      for (const ms of holdMs) {
        await holdWriteLock(stage.first, ms);
        await delay(1000);
      }
      return report(stage, { name: `file locked for ${holdMs.join(" and ")} ms`, startedAt });
    },
  );
}

/** The clock jumps by an hour, in both directions. */
export async function jumpClock(seed: number): Promise<Report> {
  const clock = createMovableClock();
  try {
    const options = {
      count: 1,
      random: createRandom(seed),
      prefix: "clock",
      env: clock.env,
      eventsPerSecond: calm,
    };
    return await onStage(options, async (stage) => {
      const startedAt = performance.now();
      await moveClock(stage, clock);
      return report(stage, { name: "clock back and forward an hour, SQLite", startedAt });
    });
  } finally {
    clock.remove();
  }
}

/** The disk is full for a while. */
export async function fillSmallDisk(seed: number, fullMs: number): Promise<Report> {
  const dataDir = mkdtempSync(join(tmpdir(), "sidehook-disk-"));
  const wrapper = smallDisk(dataDir, 48);
  const env = { SIDEHOOK_DATA_DIR: dataDir };
  try {
    return await onStage(
      { count: 1, random: createRandom(seed), prefix: "disk", env, wrapper, eventsPerSecond: calm },
      async (stage) => {
        const startedAt = performance.now();
        await fillDisk(stage, fullMs);
        return report(stage, { name: "disk full, SQLite", startedAt });
      },
    );
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}

async function onStage(options: StageOptions, run: (stage: Stage) => Promise<Report>): Promise<Report> {
  const stage = await openStage(options);
  try {
    return await run(stage);
  } finally {
    await stage.close();
  }
}

function counts(record: Readonly<Record<string, number>>): string {
  return Object.entries(record)
    .map(([key, count]) => `${key} ${count}`)
    .join(", ");
}

/** One run as a person reads it. */
export function formatReport({ name, kills, seconds, books, faults, answers }: Report): string {
  const killed = Object.values(kills).reduce((sum, count) => sum + count, 0);
  return [
    `${name}: ${seconds.toFixed(0)} s, ${killed} kills${killed > 0 ? ` (${counts(kills)})` : ""}`,
    `  ${books.acknowledged} events acknowledged × ${books.webhooks} webhooks; deliveries: ${counts(books.states)}`,
    `  lost ${books.lost}, made twice ${books.doubled}; duplicates ${books.duplicates}, at most ${books.mostOfOneKill} of one kill, ${books.unexplained} without`,
    `  answers to the sender: ${counts(Object.fromEntries(answers))}`,
    ...faults.map((fault) => `  FAULT: ${fault}`),
  ].join("\n");
}
