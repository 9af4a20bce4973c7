import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import type { Dialect } from "../dialects/dialect.ts";

/** On Postgres no references between events, deliveries and attempts are checked. At once, however large the tables are. */
export function fewerChecks(dialect: Dialect): Migration {
  return {
    up: (db: Kysely<unknown>) => dialect.dropReferences(db),
  };
}
