import { sql, type RawBuilder } from "kysely";
import type { Dialect, Insertion } from "./dialects/dialect.ts";

/**
 * The beginning of an insert that ends with `on conflict`. Its text is the same for any number of rows, so that it is
 * prepared once.
 *
 * @example sql`${upsert(dialect, { table, columns, rows })} on conflict (id) do update set …`.execute(trx)
 */
export function upsert(dialect: Dialect, { table, columns, rows }: Insertion): RawBuilder<unknown> {
  const names = sql.join(Object.keys(columns).map((name) => sql.ref(name)));
  // "where true" tells SQLite that "on conflict" belongs to the insert and not to a join.
  return sql`
    insert into ${sql.table(table)} (${names}) select * from ${dialect.tableOf(columns, rows)} as given where true`;
}
