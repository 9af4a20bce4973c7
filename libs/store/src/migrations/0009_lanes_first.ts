import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/**
 * What waits is indexed by its lane first, so that what has just come is listed without walking over the webhooks that
 * only wait for a retry: all of an origin that is away, for example. The index holds what waits, and is made at once.
 */
export const lanesFirst: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`drop index deliveries_waiting`.execute(db);
    await sql`create index deliveries_waiting on deliveries (lane, webhook_id, due_at, seq)
      where state = 'pending'`.execute(db);
  },
};
