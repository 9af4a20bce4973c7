import type { Store } from "@sidehook/store";
import type { Logger } from "../log.ts";
import { repeat } from "./loop.ts";

const everyMs = 600_000;

/** Starts the regular clearing of what is older than the retention; returns a function that stops it. */
export function startMaintenance({
  store,
  retentionMs,
  log,
  now,
}: {
  store: Pick<Store, "deleteBefore">;
  retentionMs: number;
  log: Logger;
  now: () => Date;
}): () => Promise<void> {
  return repeat(everyMs, clear, (error) => log.error({ err: error }, "retention.failed"));

  async function clear(): Promise<void> {
    const events = await store.deleteBefore(new Date(now().getTime() - retentionMs));
    if (events > 0) log.info({ events }, "retention.deleted");
  }
}
