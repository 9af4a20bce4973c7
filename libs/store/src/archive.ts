import type { StoreContext } from "./context.ts";
import { inTransaction } from "./transaction.ts";

/** Moves along with the database, see transfer.ts. */
export const archiveName = "archive";

/** The part of the store that knows whether events are kept that no webhook wants. */
export interface ArchiveStore {
  /** False until somebody switches it on. */
  isArchiveOn(): Promise<boolean>;
  /** WordPress learns of it with one of its next events. */
  setArchive(isOn: boolean): Promise<void>;
}

export function createArchive(context: StoreContext): ArchiveStore {
  return {
    async isArchiveOn() {
      const row = await context.db
        .selectFrom("meta")
        .select("value")
        .where("name", "=", archiveName)
        .executeTakeFirst();
      return row?.value === 1;
    },
    async setArchive(isOn) {
      const value = Number(isOn);
      await inTransaction(context, (trx) =>
        trx
          .insertInto("meta")
          .values({ name: archiveName, value })
          .onConflict((conflict) => conflict.column("name").doUpdateSet({ value }))
          .execute(),
      );
    },
  };
}
