import { adoptClaims } from "./dialects/postgres-claims.ts";
import { createHash, randomInt } from "node:crypto";
import { archiveName } from "./archive.ts";
import { openDatabase } from "./open.ts";
import * as from from "./transfer-source.ts";
import type { Row, Source, Table } from "./transfer-source.ts";
import * as to from "./transfer-target.ts";
import type { Target } from "./transfer-target.ts";

export interface TransferOptions {
  /** `sqlite:…`, which a sidecar may be working with. */
  from: string;
  /** `postgres://…`, empty, or filled in part by a transfer that was broken off. */
  to: string;
  /** The clock, in unix milliseconds. */
  now: () => number;
  /** Is told how far it is. */
  tell: (text: string) => void;
}

export interface Transferred {
  /** Rows of each table, the same on both sides. */
  rows: Map<string, number>;
  /** How long the old database took nothing in. */
  closedMs: number;
}

/** Rows of one comparison. */
const rowsPerCheck = 1_000;
/** With so few rows left to copy, the rest is done while nothing else happens. */
const fewRows = 1_000;
/** Where more comes in than can be copied meanwhile, waiting longer does not help. */
const maxRounds = 20;
const tellEveryMs = 2_000;

interface Transfer {
  source: Source;
  target: Target;
  options: TransferOptions;
  /** Up to which row number each log has been copied. */
  copied: Map<string, number>;
  /** Pieces of the logs that have not been found equal since they were last written, as `log:number`. */
  unchecked: Set<string>;
  toldAt: number;
}

/**
 * Moves a store from SQLite to Postgres while events keep coming in. Rows are copied in their order, what changes
 * meanwhile is copied again, and every row is compared; only the last moments of it are done while the old database
 * takes nothing in (a sidecar answers 503 then, and the bridge keeps its events). Can be broken off at any point and
 * started again: it goes on after the last row that was copied.
 *
 * @throws Error in plain words; the old database is then open again, unless the process was killed
 */
export async function transferStore(options: TransferOptions): Promise<Transferred> {
  if (!options.from.startsWith("sqlite:") || !/^postgres(ql)?:/.test(options.to)) {
    throw new Error("a store is moved from sqlite:… to postgres://…");
  }
  from.openSource(options.from).db.close(); // before anything would make a new file there
  await (await openDatabase(options.from)).close();
  const source = from.openSource(options.from);
  const database = await openDatabase(options.to);
  try {
    return await transfer(source, database.db, options);
  } finally {
    source.db.close();
    await database.close();
  }
}

/** Opens the old database again and forgets the transfer; what has been copied stays in the new one. */
export function undoTransfer(url: string): void {
  const source = from.openSource(url);
  from.forgetTransfer(source);
  source.db.close();
}

async function transfer(source: Source, target: Target, options: TransferOptions): Promise<Transferred> {
  await agree(source, target);
  from.watchChanges(source);
  const state: Transfer = { source, target, options, copied: new Map(), unchecked: new Set(), toldAt: 0 };
  for (const { name } of logs(state)) {
    const end = await to.readEnd(target, name);
    state.copied.set(name, end);
    for (let piece = 0; piece * rowsPerCheck <= end; piece++) state.unchecked.add(`${name}:${piece}`);
  }
  for (let round = 0; round < maxRounds; round++) if ((await copyNews(state)) <= fewRows) break;
  await checkPieces(state, { isFrozen: false });
  await copyNews(state);
  const closedAt = options.now();
  options.tell("Closing the old database for a moment");
  try {
    await from.freeze(source);
    while ((await copyNews(state)) > 0);
    return { rows: await finish(state), closedMs: options.now() - closedAt };
  } catch (error) {
    if (from.findMeta(source, "moved") === undefined) from.thaw(source);
    throw error;
  }
}

/** Both sides bear the number of the transfer, so that two different databases are never mixed. */
async function agree(source: Source, target: Target): Promise<void> {
  const known = await to.findMeta(target, "transfer");
  const number = from.findMeta(source, "transfer");
  if (known === undefined) {
    if (from.findMeta(source, "moved") !== undefined) throw new Error("this database has been moved already");
    for (const { name } of source.tables) {
      if ((await to.countRows(target, name)) > 0) {
        throw new Error(`the new database must be empty, but there are rows in ${name}`);
      }
    }
  } else if (known !== number) {
    throw new Error("the new database is being filled from another one");
  }
  if (known !== undefined) return;
  const fresh = number ?? randomInt(2 ** 40);
  from.setMeta(source, "transfer", fresh);
  await to.setMeta(target, "transfer", fresh);
}

function logs({ source }: Transfer): Table[] {
  return source.tables.filter(({ isLog }) => isLog);
}

/** Copies what has changed or come since the last time; answers how many rows. */
async function copyNews(state: Transfer): Promise<number> {
  const { source, target } = state;
  let count = 0;
  const last = from.readLastChange(source);
  for (;;) {
    const changes = from.readChanges(source, last);
    if (!changes) break;
    count += await copyChanges(state, changes.rows);
    from.forgetChanges(source, changes.upTo);
  }
  const ends = from.readEnds(source);
  for (const table of source.tables) {
    if (!table.isLog) {
      const isNeeded = source.tables.some(({ needs }) => needs.includes(table.name));
      if (isNeeded) await to.upsert(target, table, from.readWhole(source, table));
    } else count += await copyUpTo(state, table, ends.get(table.name) ?? 0);
  }
  return count;
}

async function copyChanges(
  state: Transfer,
  changes: ReadonlyMap<string, readonly number[]>,
): Promise<number> {
  const { source, target, copied } = state;
  let count = 0;
  const gone: [string, number[]][] = [];
  for (const table of logs(state)) {
    const end = copied.get(table.name) ?? 0;
    const seqs = (changes.get(table.name) ?? []).filter((seq) => seq <= end);
    if (seqs.length === 0) continue;
    const rows = from.readRows(source, table.name, seqs);
    await to.upsert(target, table, rows);
    const present = new Set(rows.map((row) => Number(row["seq"])));
    gone.push([table.name, seqs.filter((seq) => !present.has(seq))]);
    markUnchecked(state, table.name, seqs);
    count += seqs.length;
  }
  for (const [log, seqs] of gone.toReversed()) await to.deleteRows(target, log, seqs);
  return count;
}

function markUnchecked({ unchecked }: Transfer, log: string, seqs: readonly number[]): void {
  for (const seq of seqs) unchecked.add(`${log}:${Math.floor(seq / rowsPerCheck)}`);
}

async function copyUpTo(state: Transfer, table: Table, upTo: number): Promise<number> {
  const { source, target, copied } = state;
  let count = 0;
  for (;;) {
    const rows = from.readPiece(source, table.name, { after: copied.get(table.name) ?? 0, upTo });
    if (rows.length === 0) return count;
    await to.upsert(target, table, rows);
    const seqs = rows.map((row) => Number(row["seq"]));
    copied.set(table.name, seqs.at(-1) ?? 0);
    markUnchecked(state, table.name, seqs);
    count += rows.length;
    tell(state, `Copying ${table.name}: ${seqs.at(-1)} of ${upTo}`);
  }
}

function tell(state: Transfer, text: string): void {
  const now = state.options.now();
  if (now - state.toldAt < tellEveryMs) return;
  state.toldAt = now;
  state.options.tell(text);
}

/** Compares the logs piece by piece. While the old database still changes, what differs is left for later. */
async function checkPieces(state: Transfer, { isFrozen }: { isFrozen: boolean }): Promise<void> {
  for (const piece of [...state.unchecked].sort()) {
    const [log = "", number = ""] = piece.split(":");
    tell(state, `Comparing ${log}`);
    const isEqual = await isSame(state, log, Number(number));
    if (isEqual) state.unchecked.delete(piece);
    else if (isFrozen) throw new Error(`rows of ${log} differ between the two databases`);
  }
}

async function isSame({ source, target }: Transfer, log: string, piece: number): Promise<boolean> {
  const first = piece * rowsPerCheck;
  const last = first + rowsPerCheck - 1;
  const columns = source.tables.find(({ name }) => name === log)?.columns ?? [];
  const before = source.db.prepare(`select * from ${log} where seq between ? and ? order by seq`);
  const hash = hashOf(columns, before.all(first, last) as Row[]);
  return hash === hashOf(columns, await to.readRange(target, log, first, last));
}

/** Postgres keeps no character NUL; the store writes the replacement character for it. */
function hashOf(columns: readonly string[], rows: readonly Row[]): string {
  const hash = createHash("sha256");
  for (const row of rows)
    hash.update(JSON.stringify(columns.map((name) => row[name])).replaceAll("\\u0000", "\uFFFD"));
  return hash.digest("base64");
}

/** Nothing changes any more: the small tables as a whole, then the last comparison, of the logs and of all numbers. */
async function finish(state: Transfer): Promise<Map<string, number>> {
  const { source, target } = state;
  for (const table of source.tables.filter(({ isLog }) => !isLog)) await copyWhole(state, table);
  await to.setMeta(target, archiveName, from.findMeta(source, archiveName) ?? 0);
  await to.setMeta(target, "webhooks_version", (from.findMeta(source, "webhooks_version") ?? 0) + 1);
  await checkPieces(state, { isFrozen: true });
  const counts = new Map<string, number>();
  for (const { name } of source.tables) {
    const count = from.countRows(source, name);
    const copied = await to.countRows(target, name);
    if (count !== copied) throw new Error(`${name} has ${count} rows, but ${copied} of them were copied`);
    counts.set(name, count);
  }
  for (const { name } of logs(state)) await to.setNextNumber(target, name);
  // What a dead process was sending is rescued over there.
  await adoptClaims(target);
  from.setMeta(source, "moved", 1);
  await to.deleteMeta(target, "transfer");
  return counts;
}

async function copyWhole({ source, target }: Transfer, table: Table): Promise<void> {
  const rows = from.readWhole(source, table);
  await to.upsert(target, table, rows);
  const keyOf = (row: Row) => JSON.stringify(table.key.map((name) => row[name]));
  const keys = new Set(rows.map(keyOf));
  const extra = (await to.readWhole(target, table)).filter((row) => !keys.has(keyOf(row)));
  await to.deleteByKey(target, table, extra);
  const byKey = (a: Row, b: Row) => (keyOf(a) < keyOf(b) ? -1 : 1);
  const copies = await to.readWhole(target, table);
  if (hashOf(table.columns, rows.toSorted(byKey)) !== hashOf(table.columns, copies.toSorted(byKey))) {
    throw new Error(`rows of ${table.name} differ between the two databases`);
  }
}
