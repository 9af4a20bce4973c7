import { openStore, startCheckpoints, type Store } from "@sidehook/store";
import { join } from "node:path";
import type { Bench, Scenario } from "../bench.ts";
import { copyAttempts } from "../copy-attempts.ts";
import { readCpuUs } from "../processes.ts";
import { formatNumber } from "../table.ts";
import { addBacklog, addDeliveries, delivered, kinds, type Kind } from "./waiting.ts";

/** What the others have in flight. */
const claimSize = 64;
const claimsPerRun = 30;
const runs = 5;
const leaseMs = 35_000;

/** A database to measure on. */
interface Subject {
  name: string;
  store: Store;
  /** Of its server; none: all happens in this process. */
  listServerPids: () => readonly number[];
  close: () => Promise<void>;
}

/**
 * What claiming and recording cost by how much waits, whose it is, and how long the log is; in this process and in the
 * database's, without any HTTP. The SQLite files are all open at once and take turns.
 */
export const claim: Scenario = {
  name: "claim",
  isLong: true,
  async run(bench) {
    if (bench.round > 0) return; // it has rounds of its own, since preparing it takes minutes
    await runOnSqlite(bench);
    if (bench.engines.some(({ name }) => name.startsWith("sidecar-postgres"))) await runOnPostgres(bench);
  },
};

async function runOnSqlite(bench: Bench): Promise<void> {
  const { claimBacklogs, loggedAttempts } = bench.sizes;
  const subjects: Subject[] = [];
  for (const kind of kinds) {
    for (const count of claimBacklogs) subjects.push(await prepareFile(bench, { kind, count }));
  }
  subjects.push(await prepareFile(bench, { logged: 0 }));
  if (loggedAttempts > 0) subjects.push(await prepareFile(bench, { logged: loggedAttempts }));
  for (let run = 0; run < runs; run++) {
    for (const subject of subjects) await measure(bench, subject);
  }
  for (const { close } of subjects) await close();
}

/** One after the other: a database goes when the next one comes. */
async function runOnPostgres(bench: Bench): Promise<void> {
  for (const kind of kinds) {
    for (const count of bench.sizes.claimBacklogs) {
      const { url, listPids } = await bench.servers.openPostgres();
      const store = await openStore({ url, now: Date.now });
      const name = `Postgres, ${nameOf({ kind, count })}`;
      console.error(`  preparing ${name}`);
      await fill(store, { kind, count });
      const subject = { name, store, listServerPids: listPids, close: () => store.close() };
      for (let run = 0; run < runs; run++) await measure(bench, subject);
      await subject.close();
    }
  }
}

interface Content {
  kind?: Kind;
  count?: number;
  /** Attempts in the log. */
  logged?: number;
}

function nameOf({ kind, count = 0, logged = 0 }: Content): string {
  if (kind) return `${formatNumber(count)} ${kind}`;
  return logged > 0 ? `${formatNumber(logged)} logged` : "empty log";
}

async function prepareFile(bench: Bench, content: Content): Promise<Subject> {
  const name = nameOf(content);
  console.error(`  preparing ${name}`);
  const file = join(bench.folder, `claim ${name}.db`);
  const url = `sqlite:${file}`;
  const store = await openStore({ url, now: Date.now });
  // As the service does it: otherwise most would be read from the log, which takes twice as long.
  const checkpoints = startCheckpoints(url, (error) =>
    bench.results.note(`checkpoints ended: ${String(error)}`),
  );
  await fill(store, content);
  if (content.logged) copyAttempts(file, content.logged);
  const close = async () => {
    await checkpoints.stop();
    await store.close();
  };
  return { name, store, listServerPids: () => [], close };
}

/** Always with enough that is due for all runs, so that each claim takes as much. */
async function fill(store: Store, { kind, count = 0 }: Content): Promise<void> {
  await addBacklog(store, "due", 0);
  if (kind && kind !== "due") await addBacklog(store, kind, count);
  const isDue = kind === "due" ? count : 0;
  await addDeliveries(store, "due", isDue + (runs + 1) * claimsPerRun * claimSize);
  await runClaims(store); // warms up, and makes the attempts that are copied
}

interface Cost {
  claimUs: number;
  recordUs: number;
}

/** CPU time, since the disk is everybody's. */
async function measure({ results }: Bench, { name, store, listServerPids }: Subject): Promise<void> {
  const { claimUs, recordUs } = await runClaims(store, listServerPids);
  results.add({ name: "CPU of finding and claiming, per delivery", unit: "µs" }, name, claimUs);
  results.add({ name: "CPU of recording, per delivery", unit: "µs" }, name, recordUs);
}

async function runClaims(store: Store, listServerPids: Subject["listServerPids"] = () => []): Promise<Cost> {
  const cost: Cost = { claimUs: 0, recordUs: 0 };
  let count = 0;
  const cpuUs = () => ownCpuUs() + readCpuUs(listServerPids());
  for (let at = 0; at < claimsPerRun; at++) {
    const startedAt = cpuUs();
    const due = await store.listDueWebhooks();
    const open = due.filter(({ dueAt }) => dueAt.getTime() <= Date.now());
    const limit = Math.floor(claimSize / open.length);
    const slots = open.map(({ webhookId }) => ({ webhookId, limit }));
    const claimed = await store.claimDeliveries({ now: new Date(), leaseMs, slots });
    const claimedAt = cpuUs();
    await store.recordAttempts(claimed.map(delivered), new Date());
    cost.claimUs += claimedAt - startedAt;
    cost.recordUs += cpuUs() - claimedAt;
    count += claimed.length;
  }
  return { claimUs: cost.claimUs / count, recordUs: cost.recordUs / count };
}

function ownCpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
