import { Kysely, PostgresDialect, sql } from "kysely";
import { Pool } from "pg";
import type { LanePosition } from "../claims.ts";
import { lanes, type Schema } from "../schema.ts";
import { inQuickTransaction, sideBySide } from "../transaction.ts";
import type { Backend, ClaimedRow, Dialect, DueRow, OpenDatabase, Waiting } from "./dialect.ts";
import { codeOf, getTypeParser, isUnavailable, outdatedPlan } from "./postgres-answers.ts";
import { createSending, forgetClaims, forgetSingle } from "./postgres-claims.ts";
import { quicken, wrapPool } from "./postgres-pool.ts";
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
  const pool = new Pool({ ...settings, max: maxConnections, pipeline: true, types: { getTypeParser } });
  // A connection that breaks says so to whoever uses it; without a listener the event would end the process.
  pool.on("error", () => {});
  pool.on("connect", (client) => void client.on("error", () => {}));
  const signal = openPostgresSignal(settings, () => pool.query("notify sidehook_due"));
  return {
    db: new Kysely<Schema>({ dialect: new PostgresDialect({ pool: wrapPool(pool) }) }),
    dialect: postgresDialect,
    signal,
    async close() {
      await signal.close();
      await pool.end();
    },
  };
}

const eventColumns = {
  id: "text",
  type: "text",
  occurred_at: "text",
  received_at: "bigint",
  site_id: "bigint",
  is_test: "bigint",
  context: "text",
  payload: "text",
} as const;

const endColumns = {
  seq: "bigint",
  token: "text",
  state: "text",
  due_at: "bigint",
  failure_class: "text",
  finished_at: "bigint",
  lane: "bigint",
} as const;

/**
 * Nobody is sending it. As an expression, of which the planner believes that half of the rows have it: it knows nothing of
 * the column while a table is new, takes it for rare, and would sort all that waits instead of reading its beginning.
 */
const isFree = sql`case when lease_until is null then true end`;

const slotColumns = { webhookId: "text", limit: "bigint", dueAt: "bigint", seq: "bigint" } as const;
const beginning: LanePosition = { dueAt: 0, seq: 0 };

type Row = Readonly<Record<string, unknown>>;

const postgresDialect: Dialect = {
  rowNumber: { type: "bigint", build: (column) => column.generatedAlwaysAsIdentity().primaryKey() },
  isConflict: (error) => ["40001", "40P01", "55P03", outdatedPlan].includes(codeOf(error)),
  isUnavailable,
  isOneOf: (column, values) => sql`${column} = any(${values})`,
  isLike: (column, pattern) => sql`${column} ilike ${pattern} escape '\\'`,
  /** Of one array for each column, which costs the server less than JSON. */
  tableOf(columns, rows) {
    const names = Object.keys(columns).map((name) => sql.ref(name));
    const arrays = Object.entries(columns).map(
      ([name, type]) => sql`cast(${rows.map((row) => (row as Row)[name] ?? null)} as ${sql.raw(type)}[])`,
    );
    return sql`(select * from unnest(${sql.join(arrays)}) as rows (${sql.join(names)}))`;
  },
  async insertRows(executor, { table, columns, rows }) {
    const names = sql.join(Object.keys(columns).map((name) => sql.ref(name)));
    const made = postgresDialect.tableOf(columns, rows);
    await sql`insert into ${sql.table(table)} (${names}) select * from ${made} as made`.execute(executor);
  },
  async insertEvents(trx, events) {
    const names = sql.join(Object.keys(eventColumns).map((name) => sql.ref(name)));
    const made = postgresDialect.tableOf(eventColumns, events);
    const { rows } = await sql<{ id: string; seq: number }>`
      insert into events (${names}) select * from ${made} as made
      on conflict (id) do nothing returning id, seq`.execute(trx);
    return rows;
  },
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
  /** No index knows what this changes, so that none is touched: the state stays as it is. */
  async claim(executor, { claimId, due, now, leaseMs }) {
    const seqs = due.map(({ seq }) => seq);
    const claimed = sql<ClaimedRow>`
      update deliveries set claim_token = ${claimId} || '.' || cast(seq as text),
        lease_until = ${postgresDialect.leaseClock(now)} + ${leaseMs}
      where seq = any(${seqs})
      returning seq, id, event_seq, webhook_id, attempt_count, attempts_before, claim_token, next_trigger`;
    const kept = sql`
      insert into claims (id, webhook_id, seqs)
      select ${claimId}, webhook_id, array_agg(seq)
      from ${postgresDialect.tableOf({ seq: "bigint", webhook_id: "text" }, due)} as due group by webhook_id`;
    const [{ rows }] = await sideBySide([claimed.execute(executor), kept.execute(executor)]);
    return rows;
  },
  async endClaims(trx, ends) {
    const ended = postgresDialect.tableOf(endColumns, ends);
    const { rows } = await sql<{ claim_token: string }>`
      update deliveries set
        state = ended.state, due_at = ended.due_at, failure_class = ended.failure_class,
        finished_at = ended.finished_at, attempt_count = attempt_count + 1, lease_until = null,
        lane = case when is_test = 1 then ${sql.lit(lanes.test)} else ended.lane end,
        next_trigger = case when is_test = 1 then 'test' else 'automatic' end
      from ${ended} as ended
      where deliveries.seq = ended.seq and claim_token = ended.token and lease_until is not null
      returning claim_token`.execute(trx);
    await forgetSingle(trx, ends);
    return rows.map(({ claim_token }) => claim_token);
  },
  forgetClaims,
  makeQuick: async (trx) => void (await sql.raw(quicken).execute(trx)),
  makeDurable: async (trx) => void (await sql`set local synchronous_commit to default`.execute(trx)),
  untilDurable: () => Promise.resolve(), // as soon as a commit is answered, unless it was made quick
  skipLocked: sql`for update skip locked`,
  lockRows: sql`for update`,
  async listWaiting(db, { from, to }) {
    const listing = sql<Waiting>`
      with recursive waiting as (
        (select lane, webhook_id, due_at from deliveries
        where state = 'pending' and ${isFree} and lane between ${from} and ${to}
        order by lane, webhook_id, due_at, seq limit 1)
        union all
        select following.lane, following.webhook_id, following.due_at
        from waiting cross join lateral (
          select lane, webhook_id, due_at from deliveries
          where state = 'pending' and ${isFree} and (lane, webhook_id) > (waiting.lane, waiting.webhook_id) and lane <= ${to}
          order by lane, webhook_id, due_at, seq limit 1) as following)
      select * from waiting`;
    const tools = { db, dialect: postgresDialect };
    return (await inQuickTransaction(tools, (trx) => listing.execute(trx))).rows;
  },
  /** What is claimed stays where it waited, so that the next claim would walk over it. */
  async selectDue(trx, { lane, dueBefore, slots }) {
    const rowsOfSlots = slots.map(({ webhookId, limit, after = beginning }) => ({
      webhookId,
      limit,
      ...after,
    }));
    const slotTable = postgresDialect.tableOf(slotColumns, rowsOfSlots);
    const { rows } = await sql<DueRow>`
      select due.seq, due.event_seq, due.webhook_id, due.due_at
      from ${slotTable} as slot
      cross join lateral (
        select seq, event_seq, webhook_id, due_at from deliveries
        where state = 'pending' and ${isFree} and webhook_id = slot."webhookId" and lane = ${sql.lit(lane)}
        and due_at <= ${dueBefore} and (due_at, seq) > (slot."dueAt", slot.seq)
        order by due_at, seq limit slot."limit"
        for update skip locked) as due`.execute(trx);
    return rows;
  },
  /** Old versions of rows go; pages are overwritten as they are used, and the server's own log is its operator's. */
  async scrub(db) {
    await sql`vacuum events, attempts, deliveries, bin_requests, event_subjects`.execute(db);
    return { next: null, needsVacuum: false };
  },
  /** A check is a statement of its own and locks the row it finds: all processes would lock that of the same webhook. */
  async dropReferences(db) {
    const drop = (table: string, column: string) =>
      sql`alter table ${sql.table(table)} drop constraint ${sql.ref(`${table}_${column}_fkey`)}`.execute(db);
    await drop("attempts", "delivery_seq");
    await drop("deliveries", "event_seq");
    await drop("deliveries", "webhook_id");
  },
  createSending,
  migrateAlone: (migrate) => migrate(), // Kysely takes an advisory lock
};
