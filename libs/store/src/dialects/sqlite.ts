import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import Sqlite from "better-sqlite3";
import { Kysely, sql, SqliteDialect, type Driver, type SqliteDatabase } from "kysely";
import { lanes, type Schema } from "../schema.ts";
import { scrubFile } from "./sqlite-scrub.ts";
import { createLogSync, type LogSync } from "./sqlite-sync.ts";
import { startSqliteCheckpoints } from "./sqlite-checkpoints.ts";
import { logBytes } from "./sqlite-log.ts";
import { openSqliteSignal } from "./sqlite-signal.ts";
import type { Backend, ClaimedRow, Dialect, DueRow, OpenDatabase, Waiting } from "./dialect.ts";

/**
 * How long a statement may block the thread for a lock of another connection. Short, because `inTransaction` goes on
 * waiting without blocking; the other connection may even be one of this thread, which then could not go on either.
 */
const busyTimeoutMs = 5;
const maxStatements = 200;

/** `sqlite:` and the path of a file. */
export const sqlite: Backend = {
  schemes: ["sqlite"],
  open: (url) => openFile(pathOf(url)),
  isNotReady: isBusy,
  startCheckpoints: (url, onFault) => startSqliteCheckpoints(pathOf(url), onFault),
};

function pathOf(url: string): string {
  return url.slice("sqlite:".length);
}

/** Opens the file, and makes it if it does not exist, readable by its owner only: it holds secrets. */
function openFile(path: string): OpenDatabase {
  const file = resolve(path);
  mkdirSync(dirname(file), { recursive: true });
  // Never one that exists: closing it would take away the locks that other connections of this process have on it.
  if (!existsSync(file)) closeSync(openSync(file, "a", 0o600));
  const connection = new Sqlite(file, { timeout: busyTimeoutMs });
  try {
    connection.pragma("journal_mode = WAL");
    connection.pragma("synchronous = NORMAL"); // what has to be on the disk is synced after its commit
    boundLog(connection);
    connection.pragma("foreign_keys = ON");
    connection.pragma("cache_size = -16384"); // KiB; more gains nothing: what another connection commits empties it
    connection.pragma("temp_store = MEMORY");
    connection.pragma("secure_delete = ON"); // what is erased at a person's wish must not stay in unused pages
  } catch (error) {
    connection.close();
    throw error;
  }
  const signal = openSqliteSignal(connection, file);
  const log = createLogSync(() => open(`${file}-wal`, "r"));
  return {
    db: new Kysely<Schema>({ dialect: kyselyDialect(connection) }),
    dialect: sqliteDialect(connection, log),
    signal,
    async close() {
      await signal.close();
      await log.close();
      connection.close();
    },
  };
}

/** Behind the thread that keeps it much shorter, or alone without one. */
function boundLog(connection: Sqlite.Database): void {
  const pageBytes = Number(connection.pragma("page_size", { simple: true }));
  connection.pragma(`wal_autocheckpoint = ${logBytes.longest / pageBytes}`);
  connection.pragma(`journal_size_limit = ${logBytes.longest}`);
}

/** Kysely's own, but with statements prepared once and transactions that take the write lock when they begin. */
function kyselyDialect(connection: Sqlite.Database): SqliteDialect {
  const dialect = new SqliteDialect({ database: withPreparedStatements(connection) });
  const createDriver = dialect.createDriver.bind(dialect);
  return Object.assign(dialect, { createDriver: () => immediate(createDriver(), connection) });
}

function withPreparedStatements(connection: Sqlite.Database): SqliteDatabase {
  return { close: () => void connection.close(), prepare: preparedOnce(connection) };
}

function preparedOnce(connection: Sqlite.Database): (text: string) => Sqlite.Statement {
  const statements = new Map<string, Sqlite.Statement>();
  return (text) => {
    const known = statements.get(text);
    if (known) return known;
    const statement = connection.prepare(text);
    if (statements.size >= maxStatements) statements.clear();
    statements.set(text, statement);
    return statement;
  };
}

/**
 * A transaction that reads first and then wants to write fails at once, without waiting, when another connection
 * wrote in between. And SQLite itself may have rolled back (disk full): then there is nothing left to roll back.
 */
function immediate(driver: Driver, connection: Sqlite.Database): Driver {
  return Object.assign(driver, {
    beginTransaction: async () => void connection.exec("begin immediate"),
    rollbackTransaction: async () => {
      if (connection.inTransaction) connection.exec("rollback");
    },
  } satisfies Partial<Driver>);
}

const dueText = `
  select seq, event_seq, webhook_id, due_at from deliveries
  where state = 'pending' and webhook_id = ? and lane = ? and due_at <= ?
  order by due_at, seq limit ?`;

const eventColumns = [
  "id",
  "type",
  "occurred_at",
  "received_at",
  "site_id",
  "is_test",
  "context",
  "payload",
] as const;

type Row = Readonly<Record<string, unknown>>;

function insertText(table: string, names: readonly string[]): string {
  return `insert into ${table} (${names.join(", ")}) values (${names.map(() => "?").join(", ")})`;
}

/** Two steps, not a comparison of pairs: SQLite would walk over the whole first lane. */
const waitingText = `
  with recursive waiting (lane, webhook_id, due_at) as (
    select * from (
      select lane, webhook_id, due_at from deliveries where state = 'pending' and lane between @from and @to
      order by lane, webhook_id, due_at, seq limit 1) as first
    union all
    select following.lane, following.webhook_id, following.due_at
    from waiting join deliveries as following on following.seq = coalesce((
      select seq from deliveries
      where state = 'pending' and lane = waiting.lane and webhook_id > waiting.webhook_id
      order by webhook_id, due_at, seq limit 1), (
      select seq from deliveries
      where state = 'pending' and lane > waiting.lane and lane <= @to
      order by lane, webhook_id, due_at, seq limit 1)))
  select lane, webhook_id, due_at from waiting`;

const claimText = `
  update deliveries set state = 'sending', claim_token = ? || '.' || seq, lease_until = ?
  where seq in (select value from json_each(?))`;

const claimedText = `
  select seq, id, event_seq, webhook_id, attempt_count, attempts_before, claim_token, next_trigger from deliveries
  where seq in (select value from json_each(?))`;

/** The state is compared as an expression: SQLite would otherwise go through all that is being sent for each row. */
const endText = `
  update deliveries set state = ?, due_at = ?, failure_class = ?, finished_at = ?,
    attempt_count = attempt_count + 1, lease_until = null,
    lane = case when is_test = 1 then ${lanes.test} else ? end,
    next_trigger = case when is_test = 1 then 'test' else 'automatic' end
  where seq = ? and claim_token = ? and state || '' = 'sending'`;

function sqliteDialect(connection: Sqlite.Database, log: LogSync): Dialect {
  const prepare = preparedOnce(connection);
  return {
    rowNumber: { type: "integer", build: (column) => column.primaryKey() },
    isConflict: isBusy,
    isUnavailable: (error) => /^SQLITE_(FULL|IOERR)/.test(codeOf(error)),
    isOneOf: (column, values) => sql`${column} in (select value from json_each(${JSON.stringify(values)}))`,
    isLike: (column, pattern) => sql`${column} like ${pattern} escape '\\'`,
    tableOf(columns, rows) {
      const fields = Object.keys(columns).map((name) => sql`value ->> ${sql.lit(name)} as ${sql.ref(name)}`);
      return sql`(select ${sql.join(fields)} from json_each(${JSON.stringify(rows)}))`;
    },
    /** Row by row: here a statement costs less than a text that holds all rows. */
    async insertRows(_executor, { table, columns, rows }) {
      const names = Object.keys(columns);
      const insert = prepare(insertText(table, names));
      for (const row of rows as readonly Row[]) insert.run(names.map((name) => row[name]));
    },
    async insertEvents(_trx, rows) {
      const insert = prepare(`${insertText("events", eventColumns)} on conflict (id) do nothing`);
      return rows.flatMap((row) => {
        const { changes, lastInsertRowid } = insert.run(eventColumns.map((name) => row[name]));
        return changes === 0 ? [] : [{ id: row.id, seq: Number(lastInsertRowid) }];
      });
    },
    leaseClock: (now) => sql`${now.getTime()}`,
    lockWebhooks: () => Promise.resolve(), // a write transaction is alone
    tryLockWebhook: () => Promise.resolve(true),
    skipLocked: sql``,
    lockRows: sql``,
    async claim(_executor, { claimId, due, now, leaseMs }) {
      const chosen = JSON.stringify(due.map(({ seq }) => seq));
      prepare(claimText).run(claimId, now.getTime() + leaseMs, chosen);
      return prepare(claimedText).all(chosen) as ClaimedRow[];
    },
    async endClaims(_trx, ends) {
      const end = prepare(endText);
      return ends.flatMap(({ state, due_at, failure_class, finished_at, lane, seq, token }) => {
        const { changes } = end.run(state, due_at, failure_class, finished_at, lane, seq, token);
        return changes === 0 ? [] : [token];
      });
    },
    forgetClaims: () => Promise.resolve(), // nothing is kept besides the deliveries
    makeQuick: () => Promise.resolve(),
    makeDurable: () => Promise.resolve(), // `untilDurable` does it
    untilDurable: () => log.untilSynced(),
    listWaiting: async (_db, range) => prepare(waitingText).all(range) as Waiting[],
    /** Without Kysely, which would cost more than the statement: most lanes of most webhooks are empty. */
    async selectDue(_trx, { lane, dueBefore, slots }) {
      const due = prepare(dueText);
      return slots.flatMap(({ webhookId, limit }) => due.all(webhookId, lane, dueBefore, limit) as DueRow[]);
    },
    scrub: scrubFile,
    dropReferences: () => Promise.resolve(),
    createSending,
    migrateAlone: (migrate) => migrateAlone(connection, log, migrate),
  };
}

async function createSending(db: Kysely<unknown>): Promise<void> {
  await sql`create view sending as select seq, webhook_id, is_test, lease_until, created_at
    from deliveries where state = 'sending'`.execute(db);
}

/** Kysely takes no lock here: it thinks of one connection to the file. */
async function migrateAlone<T>(
  connection: Sqlite.Database,
  log: LogSync,
  migrate: () => Promise<T>,
): Promise<T> {
  connection.exec("begin immediate");
  try {
    const result = await migrate();
    connection.exec("commit");
    await log.untilSynced();
    return result;
  } finally {
    if (connection.inTransaction) connection.exec("rollback");
  }
}

function isBusy(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  return error instanceof Sqlite.SqliteError ? error.code : "";
}
