import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import type { Dialect } from "../dialects/dialect.ts";

/** What events are about, so that they are found by it, and failures by their cause. */
export function searchAndIssues({ rowNumber }: Dialect): Migration {
  return {
    async up(db: Kysely<unknown>) {
      // No foreign key: it is filled beside the log and never holds up what the log does.
      await db.schema
        .createTable("event_subjects")
        .addColumn("seq", rowNumber.type, rowNumber.build)
        .addColumn("event_seq", "bigint", (column) => column.notNull())
        .addColumn("subject", "text", (column) => column.notNull())
        .execute();
      await sql`create index event_subjects_by_subject on event_subjects (subject, event_seq)`.execute(db);
      await sql`create index event_subjects_of_event on event_subjects (event_seq)`.execute(db);
      // What is cancelled has no cause any more: so the index need not know the state, which every claim changes.
      await sql`update deliveries set failure_class = null where state = 'cancelled'`.execute(db);
      // Only what has failed once is in it, so that a delivery that succeeds at once never touches it.
      await sql`create index deliveries_by_cause on deliveries (webhook_id, failure_class, created_at, seq, finished_at)
        where failure_class is not null and is_test = 0`.execute(db);
      await db.schema
        .createTable("muted_issues")
        .addColumn("webhook_id", "text", (column) => column.notNull())
        .addColumn("failure_class", "text", (column) => column.notNull())
        .addColumn("muted_at", "bigint", (column) => column.notNull())
        .addPrimaryKeyConstraint("muted_issues_pk", ["webhook_id", "failure_class"])
        .execute();
    },
  };
}
