import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** Replays of many deliveries, and what keeps statistics and upkeep from reading whole tables. */
export const replays: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable("replays")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("filter", "text", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("planned", "bigint", (column) => column.notNull())
      .addColumn("done", "bigint", (column) => column.notNull())
      .addColumn("failed", "bigint", (column) => column.notNull())
      .addColumn("turn", "bigint", (column) => column.notNull())
      .addColumn("cursor_at", "bigint", (column) => column.notNull())
      .addColumn("cursor_seq", "bigint", (column) => column.notNull())
      .addColumn("end_seq", "bigint", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("touched_at", "bigint", (column) => column.notNull())
      .addColumn("finished_at", "bigint")
      .execute();
    await sql`create index replays_running on replays (touched_at, id) where state = 'running'`.execute(db);
    await sql`create index webhook_hours_by_hour on webhook_hours (hour_at)`.execute(db);
  },
};
