import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { resolve } from "node:path";
import Sqlite from "better-sqlite3";
import { openDatabase } from "./open.ts";

export interface BackupOptions {
  /** `sqlite:…`; a sidecar may be working with it. */
  url: string;
  /** Where the backup is or will be. */
  file: string;
  /** Whether a file that is in the way may be replaced. */
  isForced: boolean;
}

/** All pages in one step: each write of another program would make a backup of many steps begin again. */
const allPages = 0x7f_ff_ff_ff;

/**
 * Copies a database as it is at one moment, while others go on writing, and checks the copy.
 *
 * @returns the size of the copy in bytes
 * @throws Error in plain words; no half a backup is left under the name
 */
export async function backupStore({ url, file, isForced }: BackupOptions): Promise<{ bytes: number }> {
  const from = fileOf(url);
  const target = resolve(file);
  if (target === from) throw new Error("the backup would replace the database itself");
  if (existsSync(target) && !isForced) throw new Error(`${target} exists already`);
  const draft = `${target}.draft`;
  makeEmpty(draft);
  const db = new Sqlite(from, { fileMustExist: true, readonly: true, timeout: 10_000 });
  try {
    await db.backup(draft, { progress: () => allPages });
    closeWal(draft);
    check(draft);
    sync(draft);
    renameSync(draft, target);
    return { bytes: statSync(target).size };
  } finally {
    db.close();
    removeFile(draft);
  }
}

/**
 * Puts a backup in the place of the database. The copy is checked, and brought up to date if it comes from an older
 * version, before anything is touched; what was there before is kept beside it.
 *
 * @returns the name of the file that was replaced, or null
 * @throws Error in plain words, NewerSchemaError for a backup of a newer version
 */
export async function restoreStore({
  url,
  file,
  isForced,
}: BackupOptions): Promise<{ replaced: string | null }> {
  const target = fileOf(url, { mayBeMissing: true });
  const source = resolve(file);
  if (!existsSync(source)) throw new Error(`there is no file ${source}`);
  if (existsSync(target) && !isForced)
    throw new Error(`${target} exists already: --force replaces it and keeps a copy`);
  const draft = `${target}.draft`;
  makeEmpty(draft);
  try {
    copyFileSync(source, draft);
    check(draft);
    await (await openDatabase(`sqlite:${draft}`)).close();
    closeWal(draft);
    sync(draft);
    const replaced = existsSync(target) ? putAside(target) : null;
    renameSync(draft, target);
    return { replaced };
  } finally {
    removeFile(draft);
  }
}

function fileOf(url: string, { mayBeMissing = false } = {}): string {
  if (!url.startsWith("sqlite:")) throw new Error("only a SQLite database is backed up by this program");
  const file = resolve(url.slice("sqlite:".length));
  if (!mayBeMissing && !existsSync(file)) throw new Error(`there is no database at ${file}`);
  return file;
}

/** Readable by its owner only: it holds secrets. */
function makeEmpty(file: string): void {
  removeFile(file);
  closeSync(openSync(file, "wx", 0o600));
}

function removeFile(file: string): void {
  for (const end of ["", "-wal", "-shm", "-journal"]) rmSync(`${file}${end}`, { force: true });
}

/** Afterwards everything is in the one file. @throws Error if another program has it open */
function closeWal(file: string): void {
  const db = new Sqlite(file, { fileMustExist: true, timeout: 1_000 });
  try {
    db.pragma("journal_mode = DELETE");
  } finally {
    db.close();
  }
}

function check(file: string): void {
  const problem = findProblem(file);
  if (problem !== null) throw new Error(`this is no sound database of Sidehook: ${problem}`);
}

function findProblem(file: string): string | null {
  const db = new Sqlite(file, { fileMustExist: true });
  try {
    const result = String(db.pragma("integrity_check", { simple: true }));
    if (result !== "ok") return result;
    const tables = db
      .prepare("select name from sqlite_master where name in ('kysely_migration', 'events')")
      .all();
    return tables.length === 2 ? null : "it has other tables";
  } catch (error) {
    if (error instanceof Sqlite.SqliteError) return error.message;
    throw error;
  } finally {
    db.close();
  }
}

/** @throws Error while a sidecar works with it */
function putAside(file: string): string {
  try {
    closeWal(file);
  } catch (error) {
    if (!(error instanceof Sqlite.SqliteError) || !error.code.startsWith("SQLITE_BUSY")) throw error;
    throw new Error("the sidecar works with this database: stop it first", { cause: error });
  }
  const aside = `${file}.before-restore`;
  renameSync(file, aside);
  return aside;
}

function sync(file: string): void {
  const descriptor = openSync(file, "r+");
  fsyncSync(descriptor);
  closeSync(descriptor);
}
