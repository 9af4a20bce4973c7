import { sql, type Kysely, type Selectable, type Transaction } from "kysely";
import type { StoreContext } from "./context.ts";
import type { Dialect } from "./dialects/dialect.ts";
import { quantileOf } from "./durations.ts";
import type { Made } from "./record.ts";
import { toDate } from "./rows.ts";
import type { HealthRow, HourRow, Schema } from "./schema.ts";
import { countLimit, type Store, type WebhookHealth, type WebhookState } from "./store.ts";
import { upsert } from "./upsert.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/**
 * Keeps what the health of a webhook is read from up to date, as the log may be long. Rows are written in the order
 * of their keys: two transactions that wait for each other's rows would be a deadlock. Answers what they say now.
 */
export async function recordHealth(
  { dialect }: StoreContext,
  trx: Transaction<Schema>,
  recorded: readonly Made[],
): Promise<Selectable<HealthRow>[]> {
  const real = recorded.filter(({ record }) => record.attempt.trigger !== "test");
  if (real.length === 0) return [];
  const insertion = { table: "webhook_health", columns: healthColumns, rows: healthRows(real) } as const;
  const { rows } = await sql<Selectable<HealthRow>>`${upsert(dialect, insertion)}
    on conflict (webhook_id) do update set
      last_success_at = coalesce(excluded.last_success_at, webhook_health.last_success_at),
      last_failure_at = coalesce(excluded.last_failure_at, webhook_health.last_failure_at),
      failing_since = case when excluded.last_success_at is null
        then coalesce(webhook_health.failing_since, excluded.failing_since) else excluded.failing_since end,
      last_failure_class = coalesce(excluded.last_failure_class, webhook_health.last_failure_class),
      failures = case when excluded.last_success_at is null
        then webhook_health.failures + excluded.failures else excluded.failures end
    returning *`.execute(trx);
  await recordHours(dialect, trx, hourRows(real));
  return rows;
}

async function recordHours(
  dialect: Dialect,
  trx: Transaction<Schema>,
  hours: readonly HourRow[],
): Promise<void> {
  if (hours.length === 0) return;
  await sql`${upsert(dialect, { table: "webhook_hours", columns: hourColumns, rows: hours })}
    on conflict (webhook_id, hour_at) do update set
      delivered = webhook_hours.delivered + excluded.delivered,
      failed = webhook_hours.failed + excluded.failed`.execute(trx);
}

const healthColumns = {
  webhook_id: "text",
  last_success_at: "bigint",
  last_failure_at: "bigint",
  failing_since: "bigint",
  failures: "bigint",
  probe_at: "bigint",
  probes: "bigint",
  last_failure_class: "text",
} as const satisfies Record<keyof HealthRow, string>;

const hourColumns = {
  webhook_id: "text",
  hour_at: "bigint",
  delivered: "bigint",
  failed: "bigint",
} as const satisfies Record<keyof HourRow, string>;

/** What this group of attempts alone says; `failing_since` is the first failure after the last success. */
function healthRows(made: readonly Made[]): HealthRow[] {
  const rows = new Map<string, HealthRow>();
  const inOrder = [...made].sort((a, b) => startOf(a) - startOf(b));
  for (const { record } of inOrder) {
    const { webhookId, attempt, decision } = record;
    const row = rows.get(webhookId) ?? emptyHealth(webhookId);
    rows.set(webhookId, row);
    const at = attempt.startedAt.getTime();
    if (decision.state === "delivered") {
      row.last_success_at = at;
      row.failing_since = null;
      row.failures = 0;
    } else {
      row.last_failure_at = at;
      row.failing_since ??= at;
      row.failures++;
      row.last_failure_class = decision.failureClass;
    }
  }
  return [...rows.values()].sort((a, b) => compareText(a.webhook_id, b.webhook_id));
}

function startOf({ record }: Made): number {
  return record.attempt.startedAt.getTime();
}

function emptyHealth(webhookId: string): HealthRow {
  return {
    webhook_id: webhookId,
    last_success_at: null,
    last_failure_at: null,
    failing_since: null,
    failures: 0,
    probe_at: null,
    probes: 0,
    last_failure_class: null,
  };
}

/** Deliveries that have ended with this attempt, by hour. */
function hourRows(made: readonly Made[]): HourRow[] {
  const rows = new Map<string, HourRow>();
  for (const { record, now } of made) {
    const { state } = record.decision;
    if (state === "pending") continue;
    const hourAt = now.getTime() - (now.getTime() % hourMs);
    const key = `${record.webhookId} ${hourAt}`;
    const row = rows.get(key) ?? { webhook_id: record.webhookId, hour_at: hourAt, delivered: 0, failed: 0 };
    row[state]++;
    rows.set(key, row);
  }
  return [...rows.entries()].sort(([a], [b]) => compareText(a, b)).map(([, row]) => row);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** `getWebhookHealth` of the store. */
export function createHealth({ db, dialect }: StoreContext): Pick<Store, "getWebhookHealth"> {
  return {
    async getWebhookHealth(ids, now) {
      const isAsked = (column: string) => dialect.isOneOf(sql.ref(column), ids);
      const since = now.getTime() - dayMs;
      const webhooks = await db
        .selectFrom("webhooks")
        .leftJoin("webhook_health", "webhook_health.webhook_id", "webhooks.id")
        .select([
          "webhooks.id",
          "is_active",
          "is_paused",
          "held_since",
          "last_success_at",
          "last_failure_at",
          "failing_since",
        ])
        .where(isAsked("webhooks.id"))
        .where("deleted_at", "is", null)
        .execute();
      const hours = await db
        .selectFrom("webhook_hours")
        .select([
          "webhook_id",
          sql<number>`cast(sum(delivered) as bigint)`.as("delivered"),
          sql<number>`cast(sum(failed) as bigint)`.as("failed"),
        ])
        .where(isAsked("webhook_id"))
        .where("hour_at", ">", since - hourMs)
        .groupBy("webhook_id")
        .execute();
      const steps = await db
        .selectFrom("webhook_durations")
        .select(["webhook_id", "step", sql<number>`cast(sum(attempts) as bigint)`.as("attempts")])
        .where(isAsked("webhook_id"))
        .where("hour_at", ">", since - hourMs)
        .groupBy(["webhook_id", "step"])
        .execute();
      const stepsOf = Map.groupBy(steps, (row) => row.webhook_id);
      const hoursOf = new Map(hours.map((row) => [row.webhook_id, row]));
      const health = new Map<string, WebhookHealth>();
      for (const row of webhooks) {
        health.set(row.id, {
          state: stateOf(row),
          lastSuccessAt: toDate(row.last_success_at),
          lastFailureAt: toDate(row.last_failure_at),
          failingSince: toDate(row.failing_since),
          pending: await countUnfinished(db, row.id),
          delivered24h: hoursOf.get(row.id)?.delivered ?? 0,
          failed24h: hoursOf.get(row.id)?.failed ?? 0,
          p95Ms: quantileOf(stepsOf.get(row.id) ?? [], 0.95),
        });
      }
      return health;
    },
  };
}

interface StateColumns {
  is_active: number;
  is_paused: number;
  held_since: number | null;
  failing_since: number | null;
}

function stateOf(row: StateColumns): WebhookState {
  if (row.is_active === 0) return "disabled";
  if (row.is_paused === 1) return "paused";
  if (row.held_since !== null) return "held";
  return row.failing_since === null ? "healthy" : "failing";
}

/** In the order of the index, so that counting stops where it is told to. */
export async function countUnfinished(db: Kysely<Schema>, webhookId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from (
    select seq from deliveries
    where webhook_id = ${webhookId} and finished_at is null
    order by created_at limit ${sql.lit(countLimit)}) as unfinished`.execute(db);
  return rows[0]?.count ?? 0;
}
