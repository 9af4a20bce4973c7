import type { Store } from "@sidehook/store";
import type { Logger } from "../log.ts";
import { startLoop } from "./loop.ts";

/** Between two turns everybody else gets one, at the database and in this thread, and three quarters of the time. */
const pauseMs = 10;
const restPerWork = 3;
const lookEveryMs = 500;

/** Starts the loop that lets running replays go on, a short turn at a time; returns a function that stops it. */
export function startReplays({
  store,
  log,
  now,
}: {
  store: Pick<Store, "advanceReplay">;
  log: Logger;
  now: () => Date;
}): () => Promise<void> {
  const loop = startLoop(
    async () => {
      const startedAt = performance.now();
      if (!(await store.advanceReplay(now()))) return lookEveryMs;
      return Math.max(pauseMs, restPerWork * (performance.now() - startedAt));
    },
    (error) => log.error({ err: error }, "replay.turn_failed"),
  );
  return loop.stop;
}
