import { sql, type Expression, type Kysely, type RawBuilder, type SqlBool } from "kysely";
import { pageOf, parseCursor } from "./page.ts";
import type { Schema } from "./schema.ts";
import type { Page, PageRequest } from "./store.ts";

/** How many rows one call looks at where payloads have to be read. */
export const searchedPayloads = 2_000;

/** What a list is ordered by: a time, or the row number of an event, then the row's own number. */
export interface Position {
  at: number;
  seq: number;
}

/** The next rows of a log as a table, newest first, at most `size` of them; read through an index. */
export type Stretch = (after: Position | undefined, size: number) => RawBuilder<Position>;

interface ListRequest<Row extends Position, Item> {
  page: PageRequest;
  stretch: Stretch;
  /** How many rows one call looks at where the index alone does not find them; null: it does. */
  searched: number | null;
  /** The rows of a stretch that match, newest first. */
  read: (stretch: RawBuilder<Position>, limit: number) => Promise<Row[]>;
  toItem: (row: Row) => Item;
}

/**
 * One page of a log. One filter, and the time, go through an index and give a stretch of it; the others are looked for
 * in that: the log may be long, and on SQLite everything else in the thread waits.
 *
 * @throws InvalidCursorError
 */
export async function listStretch<Row extends Position, Item>(
  db: Kysely<Schema>,
  { page: { limit, cursor }, stretch, searched, read, toItem }: ListRequest<Row, Item>,
): Promise<Page<Item>> {
  const key = parseCursor(cursor, ["number", "number"]);
  const size = searched ?? limit + 1;
  const looked = stretch(key && { at: key[0], seq: key[1] }, size);
  const rows = await read(looked, limit + 1);
  const end =
    searched !== null && rows.length <= limit
      ? (await sql<Position>`select * from ${looked} as stretch limit 1 offset ${size - 1}`.execute(db))
          .rows[0]
      : undefined;
  return pageOf(rows, {
    limit,
    toItem,
    keyOf: (row) => [row.at, row.seq],
    searchedTo: end && [end.at, end.seq],
  });
}

/** A log by its time, what of it an index finds. */
export function stretchOf(
  table: "events" | "deliveries",
  at: "received_at" | "created_at",
  indexed: readonly Expression<SqlBool>[],
): Stretch {
  const time = sql.ref(`${table}.${at}`);
  const seq = sql.ref(`${table}.seq`);
  return (after, size) => {
    const isNext = after ? [sql<SqlBool>`(${time}, ${seq}) < (${after.at}, ${after.seq})`] : [];
    return sql<Position>`(select ${time} as at, ${seq} as seq from ${sql.table(table)}
      ${whereAll([...indexed, ...isNext])} order by ${time} desc, ${seq} desc limit ${size})`;
  };
}

function whereAll(conditions: readonly Expression<SqlBool>[]): RawBuilder<unknown> {
  return conditions.length === 0 ? sql`` : sql`where ${sql.join(conditions, sql` and `)}`;
}

export function anyOf(conditions: readonly Expression<SqlBool>[]): Expression<SqlBool> {
  return sql<SqlBool>`(${sql.join(conditions, sql` or `)})`;
}

/** What contains the text. NUL, which no stored text has, would end the pattern for SQLite. */
export function patternOf(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, "\\$&").replaceAll("\0", "\uFFFD")}%`;
}
