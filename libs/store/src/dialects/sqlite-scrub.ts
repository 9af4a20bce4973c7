import { createReadStream, statSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { sql, type Kysely } from "kysely";
import type { Schema } from "../schema.ts";
import { ConflictError } from "../store.ts";
import type { Scrubbed } from "./dialect.ts";

/** Others read for some milliseconds at a time; a backup may take longer. */
const patienceMs = 20_000;
const pauseMs = 20;
/** Writing a file of this size anew keeps everybody waiting for some seconds, a larger one too long. */
const vacuumedBytes = 1024 ** 3;

/** Of one call: some tenths of a second. */
const searchedBytes = 64 * 1024 ** 2;

/**
 * What was deleted is overwritten by SQLite (`secure_delete`), but the log still has it, and pages that were
 * rearranged may have kept a copy in their gaps. So the log is emptied, the file is searched as a stranger would,
 * and written anew if it still has one of the texts.
 *
 * @throws ConflictError while another program reads from the log for very long
 */
export async function scrubFile(
  db: Kysely<Schema>,
  { texts, from }: { texts: readonly string[]; from: number },
): Promise<Scrubbed> {
  if (from === 0) await emptyLog(db);
  if (texts.length === 0) return { next: null, needsVacuum: false };
  const file = await readFileName(db);
  const { size } = statSync(file);
  if (await hasAny(file, { texts, from })) {
    if (size > vacuumedBytes) return { next: null, needsVacuum: true };
    await sql`vacuum`.execute(db);
    await emptyLog(db);
    return { next: null, needsVacuum: false };
  }
  const next = from + searchedBytes;
  return { next: next < size ? next : null, needsVacuum: false };
}

async function emptyLog(db: Kysely<Schema>): Promise<void> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const { rows } = await sql<{ busy: number }>`pragma wal_checkpoint(truncate)`.execute(db);
    if (rows[0]?.busy === 0) return;
    if (performance.now() > giveUpAt) throw new ConflictError("the log of the database is in use; ask again");
    await delay(pauseMs);
  }
}

async function readFileName(db: Kysely<Schema>): Promise<string> {
  const { rows } = await sql<{ file: string }>`pragma database_list`.execute(db);
  return rows[0]?.file ?? "";
}

async function hasAny(
  file: string,
  { texts, from }: { texts: readonly string[]; from: number },
): Promise<boolean> {
  const wanted = texts.map((text) => Buffer.from(text.toLowerCase()).toString("latin1"));
  const overlap = Math.max(0, ...wanted.map(({ length }) => length - 1));
  const part = {
    start: Math.max(0, from - overlap),
    end: from + searchedBytes - 1,
    highWaterMark: 1024 ** 2,
  };
  let tail = "";
  for await (const chunk of createReadStream(file, part)) {
    const text = tail + (chunk as Buffer).toString("latin1").toLowerCase();
    if (wanted.some((each) => text.includes(each))) return true;
    tail = overlap === 0 ? "" : text.slice(-overlap);
  }
  return false;
}
