import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import type { Dialect } from "../dialects/dialect.ts";

/**
 * What is being sent becomes a view. On Postgres, where each change of an indexed column is a new entry in every index of
 * the row, a claim no longer changes any. At once, however large the tables are.
 */
export function claimsApart(dialect: Dialect): Migration {
  return {
    up: (db: Kysely<unknown>) => dialect.createSending(db),
  };
}
