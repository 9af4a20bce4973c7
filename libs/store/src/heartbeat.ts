import type { StoreContext } from "./context.ts";
import { inTransaction } from "./transaction.ts";

const name = "bridge_seen_at";
/** How exact the time is: to write it at each request would be too dear. */
const exactnessMs = 30_000;

/** The part of the store that knows when WordPress was heard of last. */
export interface HeartbeatStore {
  /** To be called at each request of the bridge; writes at most twice a minute. */
  noteBridge(now: Date): Promise<void>;
  /** Null: never. */
  readBridgeSeenAt(): Promise<Date | null>;
}

export function createHeartbeat(context: StoreContext): HeartbeatStore {
  let notedAt = 0;
  return {
    async noteBridge(now) {
      const time = now.getTime();
      // A clock that was set back must not keep it quiet.
      if (Math.abs(time - notedAt) < exactnessMs) return;
      notedAt = time;
      await inTransaction(context, (trx) =>
        trx
          .insertInto("meta")
          .values({ name, value: time })
          .onConflict((conflict) => conflict.column("name").doUpdateSet({ value: time }))
          .execute(),
      );
    },
    async readBridgeSeenAt() {
      const row = await context.db
        .selectFrom("meta")
        .select("value")
        .where("name", "=", name)
        .executeTakeFirst();
      return row ? new Date(row.value) : null;
    },
  };
}
