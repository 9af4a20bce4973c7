import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/**
 * How long attempts take is counted instead of being looked up in the log: an index of the log by webhook is touched
 * in as many places as webhooks are sent to, and grows with every attempt. What was measured before is not counted.
 */
export const durations: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable("webhook_durations")
      .addColumn("webhook_id", "text", (column) => column.notNull())
      .addColumn("hour_at", "bigint", (column) => column.notNull())
      .addColumn("step", "integer", (column) => column.notNull())
      .addColumn("attempts", "integer", (column) => column.notNull())
      .addPrimaryKeyConstraint("webhook_durations_pk", ["webhook_id", "hour_at", "step"])
      .execute();
    await sql`create index webhook_durations_by_hour on webhook_durations (hour_at)`.execute(db);
    await sql`alter table webhook_health add column last_failure_class text`.execute(db);
    await sql`drop index attempts_of_webhook`.execute(db);
  },
};
