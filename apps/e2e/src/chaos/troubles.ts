import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { waitUntil } from "../wait.ts";
import type { Sidecar } from "../sidecar.ts";
import type { MovableClock } from "./clock.ts";
import type { Stage } from "./stage.ts";

const hourMs = 3_600_000;

/** Another process holds the write lock of the database file. Longer than 5 s, and senders are told to come again. */
export async function holdWriteLock({ dataDir }: Sidecar, holdMs: number): Promise<void> {
  const database = new DatabaseSync(join(dataDir, "sidehook.db"), { timeout: 10_000 });
  try {
    database.exec("begin immediate");
    await delay(holdMs);
    database.exec("rollback");
  } finally {
    database.close();
  }
}

/**
 * The clock is set back an hour, put right, and set forward an hour; there it stays, as retries planned by then
 * would otherwise wait for an hour.
 */
export async function moveClock(stage: Stage, clock: MovableClock): Promise<void> {
  for (const offsetMs of [-hourMs, 0, hourMs]) {
    clock.set(offsetMs);
    await expectAttempts(stage);
  }
}

/** What is accepted from now on is attempted at once; a retry that was planned before may have to wait. */
async function expectAttempts({ witness, sender, webhookIds }: Stage): Promise<void> {
  const from = sender.acknowledged.length;
  const wanted = 100;
  await waitUntil(() => sender.acknowledged.length >= from + wanted, { what: "events to be accepted" });
  const ids = sender.acknowledged.slice(from, from + wanted);
  const missing = () =>
    webhookIds.flatMap((webhookId) => ids.filter((id) => !witness.hasVisited(id, webhookId))).length;
  await waitUntil(() => missing() === 0, { what: "new events to be attempted", describe: missing });
}

/** The command that gives a sidecar a disk of its own, as large as that, at its data dir. */
export function smallDisk(dataDir: string, sizeMb: number): readonly string[] {
  const mount = `mount -t tmpfs -o size=${sizeMb}m tmpfs "$0" && exec "$@"`;
  return ["unshare", process.getuid?.() === 0 ? "-m" : "-rm", "sh", "-c", mount, dataDir];
}

/** Fills the small disk to the last byte for a while, then frees it; answers how many requests met a 503. */
export async function fillDisk({ first, sender }: Stage, fullMs: number): Promise<number> {
  // its mounts are seen only through the process that lives among them
  const filler = `/proc/${first.readPid()}/root${first.dataDir}/filler`;
  const refused = () => sender.answers.get(503) ?? 0;
  const before = refused();
  writeUntilFull(filler);
  await waitUntil(() => refused() > before, { what: "a full disk to be told with 503" });
  await delay(fullMs);
  const count = refused() - before;
  rmSync(filler);
  const accepted = sender.acknowledged.length;
  await waitUntil(() => sender.acknowledged.length > accepted, { what: "events to be accepted again" });
  return count;
}

function writeUntilFull(path: string): void {
  const file = openSync(path, "w");
  try {
    for (const size of [1 << 16, 1]) writeWhileItFits(file, Buffer.alloc(size));
  } finally {
    closeSync(file);
  }
}

function writeWhileItFits(file: number, bytes: Buffer): void {
  try {
    while (writeSync(file, bytes) === bytes.length);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
  }
}
