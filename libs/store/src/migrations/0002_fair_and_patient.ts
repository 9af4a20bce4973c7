import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** Filters, rate limits, order, and webhooks that are held. */
export const fairAndPatient: Migration = {
  async up(db: Kysely<unknown>) {
    const addToWebhooks = (definition: string) =>
      sql`alter table webhooks add column ${sql.raw(definition)}`.execute(db);
    await addToWebhooks("filter text");
    await addToWebhooks("rate_limit text");
    await addToWebhooks("is_ordered integer not null default 0");
    await addToWebhooks("held_since bigint");
    const addToHealth = (definition: string) =>
      sql`alter table webhook_health add column ${sql.raw(definition)}`.execute(db);
    await addToHealth("failures bigint not null default 0");
    await addToHealth("probe_at bigint");
    await addToHealth("probes integer not null default 0");
    await db.schema
      .createTable("rate_slots")
      .addColumn("webhook_id", "text", (column) => column.notNull())
      .addColumn("slot", "integer", (column) => column.notNull())
      .addColumn("free_at", "bigint", (column) => column.notNull())
      .addColumn("delivery_seq", "bigint")
      .addPrimaryKeyConstraint("rate_slots_pk", ["webhook_id", "slot"])
      .execute();
    await sql`create index rate_slots_free on rate_slots (webhook_id, free_at)`.execute(db);
    await sql`create index rate_slots_of_delivery on rate_slots (delivery_seq)`.execute(db);
    // By row number, which is the order in which events were accepted, whatever the clocks said.
    await sql`create index deliveries_in_order on deliveries (webhook_id, seq)
      where lane = 4 and finished_at is null`.execute(db);
  },
};
