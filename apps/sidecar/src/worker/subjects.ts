import type { Store } from "@sidehook/store";
import type { Logger } from "../log.ts";
import { startLoop } from "./loop.ts";

const pauseMs = 10;
/** Nobody waits for it: nine tenths of the time belong to those who accept and deliver. */
const restPerWork = 9;
const lookEveryMs = 1000;

/** Starts the loop that finds out what events are about, for the search; returns a function that stops it. */
export function startSubjects({
  store,
  log,
  now,
}: {
  store: Pick<Store, "indexSubjects">;
  log: Logger;
  now: () => Date;
}): () => Promise<void> {
  const loop = startLoop(
    async () => {
      const startedAt = performance.now();
      if (!(await store.indexSubjects(now()))) return lookEveryMs;
      return Math.max(pauseMs, restPerWork * (performance.now() - startedAt));
    },
    (error) => log.error({ err: error }, "subjects.turn_failed"),
  );
  return loop.stop;
}
