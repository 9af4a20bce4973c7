import { eventGroup } from "./event-type.ts";
import { id, nullable, text, type Field } from "./field.ts";

const fromMultiTenancy = { source: "ultimate-multisite-multi-tenancy", status: "addon" } as const;

const migration: readonly Field[] = [
  id("job_id", "Id of the migration.", 1),
  text("message", "What went wrong, null if nothing did.", "The target has no room.", nullable),
];

export const multiTenancy = eventGroup("multi-tenancy", "Multi-Tenancy", [
  {
    ...fromMultiTenancy,
    type: "tenant_migration_completed",
    name: "Tenant Migration Completed",
    description: "The migration of a tenant came to a good end.",
    hooks: ["wu_mt_migration_completed"],
    fields: migration,
  },
  {
    ...fromMultiTenancy,
    type: "tenant_migration_failed",
    name: "Tenant Migration Failed",
    description: "The migration of a tenant stopped at an error.",
    hooks: ["wu_mt_migration_failed"],
    fields: migration,
  },
  {
    ...fromMultiTenancy,
    type: "tenant_migration_cancelled",
    name: "Tenant Migration Cancelled",
    description: "The migration of a tenant was cancelled before it was done.",
    hooks: ["wu_mt_migration_cancelled"],
    fields: migration,
  },
]);
