import { sql, type Kysely, type RawBuilder } from "kysely";
import type { Schema } from "./schema.ts";
import type { Row, Table } from "./transfer-source.ts";

/** The Postgres database that is being filled. */
export type Target = Kysely<Schema>;

const rowsPerStatement = 500;

/** Writes rows under the numbers they have; what is there already becomes the same. */
export async function upsert(target: Target, table: Table, rows: readonly Row[]): Promise<void> {
  const columns = table.columns.map((name) => sql.ref(name));
  const others = table.columns.filter((name) => !table.key.includes(name));
  const changes = others.map((name) => sql`${sql.ref(name)} = excluded.${sql.ref(name)}`);
  for (let at = 0; at < rows.length; at += rowsPerStatement) {
    const values = rows
      .slice(at, at + rowsPerStatement)
      .map((row) => sql`(${sql.join(table.columns.map((name) => sql`${row[name]}`))})`);
    await sql`insert into ${sql.table(table.name)} (${sql.join(columns)}) overriding system value
      values ${sql.join(values)}
      on conflict (${sql.join(table.key.map((name) => sql.ref(name)))})
      do ${changes.length === 0 ? sql`nothing` : sql`update set ${sql.join(changes)}`}`.execute(target);
  }
}

export async function deleteRows(target: Target, log: string, seqs: readonly number[]): Promise<void> {
  if (seqs.length === 0) return;
  await sql`delete from ${sql.table(log)} where seq = any(${seqs})`.execute(target);
}

export async function deleteByKey(target: Target, table: Table, rows: readonly Row[]): Promise<void> {
  for (const row of rows) {
    const isRow = table.key.map((name) => sql`${sql.ref(name)} = ${row[name]}`);
    await sql`delete from ${sql.table(table.name)} where ${sql.join(isRow, sql` and `)}`.execute(target);
  }
}

export async function readRange(target: Target, log: string, first: number, last: number): Promise<Row[]> {
  return read(
    target,
    sql`select * from ${sql.table(log)} where seq between ${first} and ${last} order by seq`,
  );
}

/** In an order that only means that both sides have the same: bytes, not a language's. */
export async function readWhole(target: Target, { name, key }: Table): Promise<Row[]> {
  const order = sql.join(key.map((column) => sql`${sql.ref(column)}::text collate "C"`));
  return read(target, sql`select * from ${sql.table(name)} order by ${order}`);
}

export async function countRows(target: Target, table: string): Promise<number> {
  const [row] = await read(target, sql`select count(*) as count from ${sql.table(table)}`);
  return Number(row?.["count"]);
}

export async function readEnd(target: Target, log: string): Promise<number> {
  const [row] = await read(target, sql`select coalesce(max(seq), 0) as last from ${sql.table(log)}`);
  return Number(row?.["last"]);
}

/** New rows go on after those that were copied. */
export async function setNextNumber(target: Target, log: string): Promise<void> {
  await sql`select setval(pg_get_serial_sequence(${log}, 'seq'),
    greatest((select max(seq) from ${sql.table(log)}), 1))`.execute(target);
}

export async function findMeta(target: Target, name: string): Promise<number | undefined> {
  const [row] = await read(target, sql`select value from meta where name = ${name}`);
  return row === undefined ? undefined : Number(row["value"]);
}

export async function setMeta(target: Target, name: string, value: number): Promise<void> {
  await sql`insert into meta (name, value) values (${name}, ${value})
    on conflict (name) do update set value = excluded.value`.execute(target);
}

export async function deleteMeta(target: Target, name: string): Promise<void> {
  await sql`delete from meta where name = ${name}`.execute(target);
}

async function read(target: Target, query: RawBuilder<unknown>): Promise<Row[]> {
  return (await query.execute(target)).rows as Row[];
}
