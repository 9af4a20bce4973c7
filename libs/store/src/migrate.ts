import type { Kysely } from "kysely";
import { Migrator, type Migration } from "kysely/migration";
import type { Dialect } from "./dialects/dialect.ts";
import { initial } from "./migrations/0001_initial.ts";
import { fairAndPatient } from "./migrations/0002_fair_and_patient.ts";
import { replays } from "./migrations/0003_replays.ts";
import { cheaperClaims } from "./migrations/0004_cheaper_claims.ts";
import { searchAndIssues } from "./migrations/0005_search_and_issues.ts";
import { fewerChecks } from "./migrations/0006_fewer_checks.ts";
import { durations } from "./migrations/0007_durations.ts";
import { claimsApart } from "./migrations/0008_claims_apart.ts";
import { lanesFirst } from "./migrations/0009_lanes_first.ts";
import type { Schema } from "./schema.ts";

/** Thrown at the start of a program that is older than the database. Nothing has been changed then. */
export class NewerSchemaError extends Error {
  constructor(unknown: readonly string[]) {
    super(
      `the database was set up by a newer version of Sidehook (it has ${unknown.join(", ")}): start that version, or restore a backup from before`,
    );
    this.name = "NewerSchemaError";
  }
}

/** Every change of the schema, in order; a landed one is never edited. */
function migrationsFor(dialect: Dialect): Record<string, Migration> {
  return {
    "0001_initial": initial(dialect),
    "0002_fair_and_patient": fairAndPatient,
    "0003_replays": replays,
    "0004_cheaper_claims": cheaperClaims,
    "0005_search_and_issues": searchAndIssues(dialect),
    "0006_fewer_checks": fewerChecks(dialect),
    "0007_durations": durations,
    "0008_claims_apart": claimsApart(dialect),
    "0009_lanes_first": lanesFirst,
  };
}

/**
 * Brings the schema up to date. Several processes may do so at once: one does the work, the others wait.
 *
 * @throws NewerSchemaError if the database knows a migration that this program does not
 */
export async function migrate(db: Kysely<Schema>, dialect: Dialect): Promise<void> {
  const migrations = migrationsFor(dialect);
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } });
  await dialect.migrateAlone(async () => {
    const { error } = await migrator.migrateToLatest();
    if (error === undefined) return;
    const unknown = (await listApplied(db)).filter((name) => !(name in migrations));
    throw unknown.length > 0 ? new NewerSchemaError(unknown) : error;
  });
}

async function listApplied(db: Kysely<Schema>): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === "kysely_migration")) return [];
  const rows = await db
    .$extendTables<{ kysely_migration: { name: string } }>()
    .selectFrom("kysely_migration")
    .select("name")
    .orderBy("name")
    .execute();
  return rows.map(({ name }) => name);
}
