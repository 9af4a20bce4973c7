import Sqlite from "better-sqlite3";

/** Rows of one statement: few enough that nothing is kept in memory for long. */
const rowsAtOnce = 200_000;

/**
 * Fills the log of a SQLite file with copies of the attempts in it until it holds so many. Columns are read from the
 * database, so that this outlives changes of the schema.
 */
export function copyAttempts(file: string, wanted: number): void {
  const database = new Sqlite(file);
  database.pragma("synchronous = OFF");
  const columns = (database.pragma("table_info(attempts)") as { name: string }[])
    .map(({ name }) => `"${name}"`)
    .filter((name) => name !== '"seq"')
    .join(", ");
  const copy = database.prepare(
    `insert into attempts (${columns}) select ${columns} from attempts order by seq desc limit ?`,
  );
  let count = Number(database.prepare("select count(*) from attempts").pluck().get());
  while (count < wanted) count += copy.run(Math.min(count, wanted - count, rowsAtOnce)).changes;
  database.close();
}
