import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import Sqlite from "better-sqlite3";

/** A row of any table. */
export type Row = Readonly<Record<string, unknown>>;

/** A table as the database itself describes it. */
export interface Table {
  name: string;
  columns: readonly string[];
  /** What a row is known by. */
  key: readonly string[];
  /** Has a row number, so that it can be copied piece by piece while it grows. */
  isLog: boolean;
  /** Tables that must be there before it. */
  needs: readonly string[];
}

const rowsPerPiece = 500;
const bytesPerPiece = 4_000_000;
const changesPerPiece = 5_000;
const drainMs = 40_000;
const movingText = "this database is moving to another one: try again in a minute";

/** The SQLite file that is left, while a sidecar still works with it. */
export interface Source {
  db: Sqlite.Database;
  /** Those that others need first. */
  tables: readonly Table[];
}

/** @throws Error in plain words if there is no such file */
export function openSource(url: string): Source {
  const file = url.slice("sqlite:".length);
  if (!existsSync(file)) throw new Error(`there is no database at ${file}`);
  const db = new Sqlite(file, { timeout: 10_000, fileMustExist: true });
  return { db, tables: inOrder(readTables(db)) };
}

/** What events are about is found out anew in the new database, in the background. */
function readTables(db: Sqlite.Database): Table[] {
  const names = db
    .prepare(
      `select name from sqlite_master where type = 'table' and name not like 'sqlite_%'
       and name not like 'kysely_%' and name not in ('meta', 'transfer_changes', 'event_subjects') order by name`,
    )
    .pluck()
    .all() as string[];
  return names.map((name) => {
    const columns = db.prepare("select name, pk from pragma_table_info(?)").all(name) as {
      name: string;
      pk: number;
    }[];
    const needs = db.prepare(`select distinct "table" from pragma_foreign_key_list(?)`).pluck().all(name);
    return {
      name,
      columns: columns.map((column) => column.name),
      key: columns.filter(({ pk }) => pk > 0).map((column) => column.name),
      isLog: columns.some((column) => column.name === "seq"),
      needs: needs as string[],
    };
  });
}

function inOrder(tables: readonly Table[]): Table[] {
  const ordered = new Set<Table>();
  const add = (table: Table) => {
    for (const need of tables) if (table.needs.includes(need.name)) add(need);
    ordered.add(table);
  };
  for (const table of tables) add(table);
  return [...ordered];
}

/**
 * From now on the database itself writes down which rows of the logs change or go, whichever program changes them:
 * what has been copied already is then copied again.
 */
export function watchChanges({ db, tables }: Source): void {
  const watch = db.transaction(() => {
    db.exec(
      "create table if not exists transfer_changes (id integer primary key autoincrement, log text not null, row integer not null)",
    );
    for (const { name } of tables.filter(({ isLog }) => isLog)) {
      for (const change of ["update", "delete"]) {
        db.exec(`create trigger if not exists transfer_${change}_${name} after ${change} on ${name} begin
          insert into transfer_changes (log, row) values ('${name}', old.seq); end`);
      }
    }
  });
  watch.immediate();
}

export interface Changes {
  upTo: number;
  rows: Map<string, number[]>;
}

/** Number of the newest change, so that those that come meanwhile can be left for the next time. */
export function readLastChange({ db }: Source): number {
  return (db.prepare("select max(id) from transfer_changes").pluck().get() as number | null) ?? 0;
}

/** The oldest changes; null if there are none. They stay written down until `forgetChanges`. */
export function readChanges({ db }: Source, upTo: number): Changes | null {
  const changes = db
    .prepare("select id, log, row from transfer_changes where id <= ? order by id limit ?")
    .all(upTo, changesPerPiece) as { id: number; log: string; row: number }[];
  const last = changes.at(-1);
  if (!last) return null;
  const rows = new Map<string, Set<number>>();
  for (const { log, row } of changes) rows.set(log, (rows.get(log) ?? new Set()).add(row));
  return { upTo: last.id, rows: new Map([...rows].map(([log, seqs]) => [log, [...seqs]])) };
}

export function forgetChanges({ db }: Source, upTo: number): void {
  db.prepare("delete from transfer_changes where id <= ?").run(upTo);
}

/** The last row number of each log, all of one moment, so that whatever a row refers to is among the others. */
export function readEnds({ db, tables }: Source): Map<string, number> {
  const read = db.transaction(() =>
    tables
      .filter(({ isLog }) => isLog)
      .map(({ name }): [string, number] => [
        name,
        (db.prepare(`select max(seq) from ${name}`).pluck().get() as number | null) ?? 0,
      ]),
  );
  return new Map(read());
}

/** The next rows of a log; few if they are large. */
export function readPiece({ db }: Source, log: string, range: { after: number; upTo: number }): Row[] {
  const rows: Row[] = [];
  let bytes = 0;
  const all = db.prepare(
    `select * from ${log} where seq > ? and seq <= ? order by seq limit ${rowsPerPiece}`,
  );
  for (const row of all.iterate(range.after, range.upTo) as Iterable<Row>) {
    rows.push(row);
    for (const value of Object.values(row)) bytes += typeof value === "string" ? value.length : 8;
    if (bytes > bytesPerPiece) break;
  }
  return rows;
}

export function readRows({ db }: Source, log: string, seqs: readonly number[]): Row[] {
  const rows = db.prepare(`select * from ${log} where seq in (select value from json_each(?)) order by seq`);
  return rows.all(JSON.stringify(seqs)) as Row[];
}

export function readWhole({ db }: Source, { name, key }: Table): Row[] {
  return db.prepare(`select * from ${name} order by ${key.join(", ")}`).all() as Row[];
}

export function countRows({ db }: Source, table: string): number {
  return db.prepare(`select count(*) from ${table}`).pluck().get() as number;
}

/**
 * Closes the database to everybody, by rules in the file itself, which every program has to keep, also one that had it
 * open before. First nothing new is taken or sent, until what is being sent has been recorded; then nothing changes.
 */
export async function freeze({ db, tables }: Source): Promise<void> {
  // So that whoever asks a sidecar whether it is ready hears that it is not.
  refuse(db, "transfer_stop_check", "insert on meta when new.name = 'check'");
  refuse(db, "transfer_stop_events", "insert on events");
  refuse(
    db,
    "transfer_stop_sending",
    "update on deliveries when new.state = 'sending' and old.state <> 'sending'",
  );
  const isSending = db.prepare("select 1 from deliveries where state = 'sending' limit 1");
  for (let waitedMs = 0; isSending.get() !== undefined && waitedMs < drainMs; waitedMs += 50) await delay(50);
  const stopAll = db.transaction(() => {
    for (const { name } of tables) {
      for (const change of ["insert", "update", "delete"]) {
        refuse(db, `transfer_stop_${change}_${name}`, `${change} on ${name}`);
      }
    }
  });
  stopAll.immediate();
}

function refuse(db: Sqlite.Database, name: string, what: string): void {
  db.exec(
    `create trigger if not exists ${name} before ${what} begin select raise(abort, '${movingText}'); end`,
  );
}

/** Opens it again to everybody. */
export function thaw(source: Source): void {
  dropTriggers(source, "transfer\\_stop\\_%");
}

/** Takes back all that moving has put into the file. */
export function forgetTransfer(source: Source): void {
  dropTriggers(source, "transfer\\_%");
  source.db.exec("drop table if exists transfer_changes");
  source.db.exec("delete from meta where name in ('transfer', 'moved')");
}

function dropTriggers({ db }: Source, pattern: string): void {
  const names = db
    .prepare("select name from sqlite_master where type = 'trigger' and name like ? escape '\\'")
    .pluck()
    .all(pattern) as string[];
  const drop = db.transaction(() => {
    for (const name of names) db.exec(`drop trigger ${name}`);
  });
  drop.immediate();
}

export function findMeta({ db }: Source, name: string): number | undefined {
  return db.prepare("select value from meta where name = ?").pluck().get(name) as number | undefined;
}

export function setMeta({ db }: Source, name: string, value: number): void {
  db.prepare("insert or replace into meta (name, value) values (?, ?)").run(name, value);
}
