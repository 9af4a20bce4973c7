import { beforeAll, expect, it } from "vitest";
import { describeE2e } from "../skip.ts";
import {
  fillSmallDisk,
  formatReport,
  jumpClock,
  lockSqlite,
  stormOnPostgres,
  stormOnSqlite,
  troublePostgres,
} from "./runs.ts";
import { moments, type Report } from "./storm.ts";

/** Once at each step, and twice what was killed while it started. */
const kills = 7;

/** The short form of `npm run chaos`: side by side, since most of its time is spent waiting for claims to run out. */
describeE2e("books that balance, whatever breaks", () => {
  let reports: Report[];

  beforeAll(async () => {
    const seed = Math.floor(Math.random() * 1e9);
    const storm = { seed, eventsPerSecond: 40, kills, killForMs: 90_000 };
    reports = (
      await Promise.all([stormOnSqlite(storm), stormOnPostgres(storm, 2), runCalmOnes(seed)])
    ).flat();
    console.log([`seed ${seed}`, ...reports.map(formatReport)].join("\n"));
  }, 300_000);

  async function runCalmOnes(seed: number): Promise<Report[]> {
    const calm = [await fillSmallDisk(seed, 1000), await jumpClock(seed), await lockSqlite(seed, [6000])];
    return [...calm, await troublePostgres(seed, 1)];
  }

  it("loses nothing, makes nothing twice, and sends again only what was in flight at a kill", () => {
    expect(reports.flatMap(({ name, faults }) => faults.map((fault) => `${name}: ${fault}`))).toEqual([]);
    for (const { books } of reports) expect(books.acknowledged).toBeGreaterThan(0);
  });

  it("was killed at every step that can be told from outside", () => {
    expect(Object.keys(reports[0]?.kills ?? {})).toEqual([...moments]);
  });

  it("told senders to come again while a disk was full", () => {
    expect(reports[2]?.answers.get(503)).toBeGreaterThan(0);
  });
});
