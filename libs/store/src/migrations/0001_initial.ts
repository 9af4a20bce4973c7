import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import type { Dialect } from "../dialects/dialect.ts";

/** Tables of the first release. A landed migration is never edited. */
export function initial(dialect: Dialect): Migration {
  return {
    async up(db: Kysely<unknown>) {
      await createMeta(db);
      await createWebhooks(db, dialect);
      await createEvents(db, dialect);
      await createDeliveries(db, dialect);
      await createAttempts(db, dialect);
      await createBins(db, dialect);
      await createAccess(db);
    },
  };
}

async function createMeta(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("meta")
    .addColumn("name", "text", (column) => column.primaryKey())
    .addColumn("value", "bigint", (column) => column.notNull())
    .execute();
  await sql`insert into meta (name, value) values ('webhooks_version', 0)`.execute(db);
}

async function createWebhooks(db: Kysely<unknown>, { rowNumber }: Dialect): Promise<void> {
  await db.schema
    .createTable("webhooks")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("url", "text", (column) => column.notNull())
    .addColumn("events", "text", (column) => column.notNull())
    .addColumn("is_active", "integer", (column) => column.notNull())
    .addColumn("is_paused", "integer", (column) => column.notNull())
    .addColumn("format", "text", (column) => column.notNull())
    .addColumn("headers", "text", (column) => column.notNull())
    .addColumn("site_ids", "text", (column) => column.notNull())
    .addColumn("retry_schedule_ms", "text")
    .addColumn("timeout_ms", "integer")
    .addColumn("max_concurrency", "integer")
    .addColumn("source", "text", (column) => column.notNull())
    .addColumn("external_id", "text")
    .addColumn("disabled_reason", "text")
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("updated_at", "bigint", (column) => column.notNull())
    .addColumn("deleted_at", "bigint")
    .execute();
  await db.schema
    .createTable("webhook_secrets")
    .addColumn("seq", rowNumber.type, rowNumber.build)
    .addColumn("webhook_id", "text", (column) => column.notNull().references("webhooks.id"))
    .addColumn("secret", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint")
    .execute();
  await sql`create index webhook_secrets_of_webhook on webhook_secrets (webhook_id, seq)`.execute(db);
  await db.schema
    .createTable("webhook_health")
    .addColumn("webhook_id", "text", (column) => column.primaryKey())
    .addColumn("last_success_at", "bigint")
    .addColumn("last_failure_at", "bigint")
    .addColumn("failing_since", "bigint")
    .execute();
  await db.schema
    .createTable("webhook_hours")
    .addColumn("webhook_id", "text", (column) => column.notNull())
    .addColumn("hour_at", "bigint", (column) => column.notNull())
    .addColumn("delivered", "bigint", (column) => column.notNull())
    .addColumn("failed", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("webhook_hours_pk", ["webhook_id", "hour_at"])
    .execute();
}

async function createEvents(db: Kysely<unknown>, { rowNumber }: Dialect): Promise<void> {
  await db.schema
    .createTable("events")
    .addColumn("seq", rowNumber.type, rowNumber.build)
    .addColumn("id", "text", (column) => column.notNull().unique())
    .addColumn("type", "text", (column) => column.notNull())
    .addColumn("occurred_at", "text", (column) => column.notNull())
    .addColumn("received_at", "bigint", (column) => column.notNull())
    .addColumn("site_id", "bigint")
    .addColumn("is_test", "integer", (column) => column.notNull())
    .addColumn("context", "text", (column) => column.notNull())
    // Text, not a JSON type, which would sort the keys and drop the spaces of a payload that is signed as it came.
    .addColumn("payload", "text", (column) => column.notNull())
    .execute();
  await sql`create index events_by_time on events (received_at, seq)`.execute(db);
  await sql`create index events_of_type on events (type, received_at, seq)`.execute(db);
  await sql`create index events_of_site on events (site_id, received_at, seq)`.execute(db);
}

async function createDeliveries(db: Kysely<unknown>, { rowNumber }: Dialect): Promise<void> {
  await db.schema
    .createTable("deliveries")
    .addColumn("seq", rowNumber.type, rowNumber.build)
    .addColumn("id", "text", (column) => column.notNull().unique())
    .addColumn("event_seq", "bigint", (column) => column.notNull().references("events.seq"))
    .addColumn("webhook_id", "text", (column) => column.notNull().references("webhooks.id"))
    .addColumn("event_type", "text", (column) => column.notNull())
    .addColumn("site_id", "bigint")
    .addColumn("is_test", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("state", "text", (column) => column.notNull().defaultTo("pending"))
    .addColumn("lane", "integer", (column) => column.notNull().defaultTo(1))
    .addColumn("due_at", "bigint")
    .addColumn("next_trigger", "text", (column) => column.notNull().defaultTo("automatic"))
    .addColumn("attempt_count", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("failure_class", "text")
    .addColumn("claim_token", "text")
    .addColumn("lease_until", "bigint")
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("finished_at", "bigint")
    .execute();
  await sql`create unique index deliveries_of_event on deliveries (event_seq, webhook_id)`.execute(db);
  // The queue: what waits, by webhook, so that the backlog of one that may not send is never walked over.
  await sql`create index deliveries_waiting on deliveries (webhook_id, lane, due_at, seq) where state = 'pending'`.execute(
    db,
  );
  await sql`create index deliveries_leased on deliveries (lease_until) where state = 'sending'`.execute(db);
  await sql`create index deliveries_by_time on deliveries (created_at, seq)`.execute(db);
  await sql`create index deliveries_of_webhook on deliveries (webhook_id, created_at, seq)`.execute(db);
  await sql`create index deliveries_of_type on deliveries (event_type, created_at, seq)`.execute(db);
  await sql`create index deliveries_of_site on deliveries (site_id, created_at, seq)`.execute(db);
  // Nearly all have been delivered: only the others are worth finding by their state.
  await sql`create index deliveries_by_state on deliveries (state, created_at, seq) where state <> 'delivered'`.execute(
    db,
  );
  await sql`create index deliveries_of_webhook_by_state on deliveries (webhook_id, state, created_at, seq) where state <> 'delivered'`.execute(
    db,
  );
}

async function createAttempts(db: Kysely<unknown>, { rowNumber }: Dialect): Promise<void> {
  await db.schema
    .createTable("attempts")
    .addColumn("seq", rowNumber.type, rowNumber.build)
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("delivery_seq", "bigint", (column) => column.notNull().references("deliveries.seq"))
    .addColumn("webhook_id", "text", (column) => column.notNull())
    .addColumn("number", "integer", (column) => column.notNull())
    .addColumn("trigger", "text", (column) => column.notNull())
    .addColumn("started_at", "bigint", (column) => column.notNull())
    .addColumn("duration_ms", sql`double precision`, (column) => column.notNull())
    .addColumn("decision", "text", (column) => column.notNull())
    .addColumn("next_attempt_at", "bigint")
    .addColumn("detail", "text", (column) => column.notNull())
    .execute();
  await sql`create index attempts_of_delivery on attempts (delivery_seq, seq)`.execute(db);
  // Holds all that the latency of a webhook is computed from.
  await sql`create index attempts_of_webhook on attempts (webhook_id, started_at, duration_ms) where trigger <> 'test'`.execute(
    db,
  );
}

async function createBins(db: Kysely<unknown>, { rowNumber }: Dialect): Promise<void> {
  await db.schema
    .createTable("bins")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("answer", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("bin_requests")
    .addColumn("seq", rowNumber.type, rowNumber.build)
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("bin_id", "text", (column) => column.notNull().references("bins.id"))
    .addColumn("received_at", "bigint", (column) => column.notNull())
    .addColumn("request", "text", (column) => column.notNull())
    .execute();
  await sql`create index bin_requests_of_bin on bin_requests (bin_id, seq)`.execute(db);
  await sql`create index bin_requests_by_time on bin_requests (received_at)`.execute(db);
}

async function createAccess(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("tokens")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("value_hash", "text", (column) => column.notNull().unique())
    .addColumn("scopes", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint")
    .addColumn("last_used_at", "bigint")
    .execute();
  await db.schema
    .createTable("sessions")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("value_hash", "text", (column) => column.notNull().unique())
    .addColumn("signed_in_by", "text", (column) => column.notNull())
    .addColumn("csrf_token", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("used_values")
    .addColumn("value_hash", "text", (column) => column.primaryKey())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .execute();
}
