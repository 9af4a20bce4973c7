import { Kysely, PostgresDialect, sql, type PostgresPool, type PostgresPoolClient } from "kysely";
import { Pool, types, type PoolClient } from "pg";
import type { Schema } from "../schema.ts";
import type { Backend, Dialect, DueRow, OpenDatabase } from "./dialect.ts";
import { openPostgresSignal } from "./postgres-signal.ts";

const maxConnections = 10;
const connectTimeoutMs = 10_000;
/** Key of the lock on the list of webhooks; any number that nobody else uses in this database. */
const webhooksLock = 7_463_001;

/** `postgres://…` as libpq has it, also of clusters that speak its protocol. */
export const postgres: Backend = {
  schemes: ["postgres", "postgresql"],
  open: openPool,
  isNotReady: isUnavailable,
};

function openPool(url: string): OpenDatabase {
  const settings = {
    connectionString: url,
    fallback_application_name: "sidehook",
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
  };
  const pool = new Pool({ ...settings, max: maxConnections, types: { getTypeParser } });
  // A connection that breaks says so to whoever uses it; without a listener the event would end the process.
  pool.on("error", () => {});
  pool.on("connect", (client) => void client.on("error", () => {}));
  const signal = openPostgresSignal(settings, () => pool.query("notify sidehook_due"));
  return {
    db: new Kysely<Schema>({ dialect: new PostgresDialect({ pool: withStorableTexts(pool) }) }),
    dialect: postgresDialect,
    signal,
    async close() {
      await signal.close();
      await pool.end();
    },
  };
}

/** All our 64-bit numbers are times, counts and row numbers, far below 2^53. */
const getTypeParser: typeof types.getTypeParser = (oid, format) =>
  oid === types.builtins.INT8 ? (Number as never) : (types.getTypeParser(oid, format) as never);

/** Of each connection: a server keeps them until it closes. */
const maxPreparedStatements = 200;
/** Long texts are those with a parameter for each value: hardly ever the same twice. */
const maxPreparedLength = 4_000;

/** The same name for the same text, so that the server parses and plans a statement once; undefined for what is rare. */
function createStatementNames(): (text: string) => string | undefined {
  const names = new Map<string, string>();
  return (text) => {
    const known = names.get(text);
    if (known || names.size >= maxPreparedStatements || text.length > maxPreparedLength) return known;
    const name = `sidehook_${names.size}`;
    names.set(text, name);
    return name;
  };
}

/** Postgres refuses the character NUL in a text. It becomes the replacement character, so that asking for it finds nothing. */
function withStorableTexts(pool: Pool): PostgresPool {
  const clients = new WeakMap<PoolClient, PostgresPoolClient>();
  const nameOf = createStatementNames();
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect();
      const known = clients.get(client);
      if (known) return known;
      let isOutdated = false;
      const wrapped = {
        query: (text: string, values: readonly unknown[]) =>
          client.query({ name: nameOf(text), text, values: values.map(storable) }).catch((error: unknown) => {
            isOutdated ||= codeOf(error) === outdatedPlan;
            throw error;
          }),
        release: (destroy: boolean) => client.release(destroy || isOutdated),
      };
      // Kysely's type also has cursors, which nothing here uses.
      clients.set(client, wrapped as unknown as PostgresPoolClient);
      return wrapped as unknown as PostgresPoolClient;
    },
  };
}

function storable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(storable);
  return typeof value === "string" && value.includes("\0") ? value.replaceAll("\0", "\uFFFD") : value;
}

/** A newer version of the service has changed a table since this connection prepared the statement. */
const outdatedPlan = "0A000";

const postgresDialect: Dialect = {
  rowNumber: { type: "bigint", build: (column) => column.generatedAlwaysAsIdentity().primaryKey() },
  isConflict: (error) => ["40001", "40P01", "55P03", outdatedPlan].includes(codeOf(error)),
  isUnavailable,
  isOneOf: (column, values) => sql`${column} = any(${values})`,
  isLike: (column, pattern) => sql`${column} ilike ${pattern} escape '\\'`,
  tableOf(columns, rows) {
    const fields = Object.entries(columns).map(([name, type]) => sql`${sql.ref(name)} ${sql.raw(type)}`);
    return sql`(select * from json_to_recordset(${JSON.stringify(rows)}) as rows (${sql.join(fields)}))`;
  },
  async insertRows(trx, { table, columns, rows }) {
    const names = sql.join(Object.keys(columns).map((name) => sql.ref(name)));
    const made = postgresDialect.tableOf(columns, rows);
    await sql`insert into ${sql.table(table)} (${names}) select * from ${made} as made`.execute(trx);
  },
  insertEvents: (trx, rows) =>
    trx
      .insertInto("events")
      .values(rows)
      .onConflict((conflict) => conflict.column("id").doNothing())
      .returning(["id", "seq"])
      .execute(),
  leaseClock: () => sql`cast(extract(epoch from clock_timestamp()) * 1000 as bigint)`,
  /** Waits in the order of asking, so that a change of a webhook is not kept out by a stream of events. */
  async lockWebhooks(trx, mode) {
    await (
      mode === "shared"
        ? sql`select pg_advisory_xact_lock_shared(${sql.lit(webhooksLock)})`
        : sql`select pg_advisory_xact_lock(${sql.lit(webhooksLock)})`
    ).execute(trx);
  },
  async tryLockWebhook(trx, webhookId) {
    const { rows } = await sql<{ locked: boolean }>`
      select pg_try_advisory_xact_lock(${sql.lit(webhooksLock)}, hashtext(${webhookId})) as locked`.execute(
      trx,
    );
    return rows[0]?.locked ?? false;
  },
  untilDurable: () => Promise.resolve(), // as soon as a commit is answered
  skipLocked: sql`for update skip locked`,
  lockRows: sql`for update`,
  async selectDue(trx, { lane, dueBefore, slots }) {
    const { rows } = await sql<DueRow>`
      select due.seq, due.webhook_id
      from json_to_recordset(${JSON.stringify(slots)}) as slot ("webhookId" text, "limit" integer)
      cross join lateral (
        select seq, webhook_id from deliveries
        where state = 'pending' and webhook_id = slot."webhookId" and lane = ${sql.lit(lane)} and due_at <= ${dueBefore}
        order by due_at, seq limit slot."limit"
        for update skip locked) as due`.execute(trx);
    return rows;
  },
  /** Old versions of rows go; pages are overwritten as they are used, and the server's own log is its operator's. */
  async scrub(db) {
    await sql`vacuum events, attempts, deliveries, bin_requests, event_subjects`.execute(db);
    return { next: null, needsVacuum: false };
  },
  migrateAlone: (migrate) => migrate(), // Kysely takes an advisory lock
};

/** Connection refused, reset, no socket, no route; server starting, stopping, read-only after a failover, full. */
// oxfmt-ignore
const unavailableCodes = new Set([
  "ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOENT", "EHOSTUNREACH", "ENETUNREACH", "EAI_AGAIN",
  "57P01", "57P02", "57P03", "25006", "53100", "53200", "53300",
]);

function isUnavailable(error: unknown): boolean {
  const code = codeOf(error);
  if (unavailableCodes.has(code) || code.startsWith("08")) return true;
  // What the driver itself reports has no code.
  return error instanceof Error && /Connection terminated|not queryable|timeout exceeded/.test(error.message);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
