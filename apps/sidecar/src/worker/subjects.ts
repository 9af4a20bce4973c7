import type { Store } from "@sidehook/store";
import type { Logger } from "../log.ts";
import { startTurns } from "./loop.ts";

interface SubjectsOptions {
  store: Pick<Store, "indexSubjects">;
  log: Logger;
  now: () => Date;
}

/** Starts the loop that finds out what events are about, for the search; returns a function that stops it. */
export function startSubjects({ store, log, now }: SubjectsOptions): () => Promise<void> {
  const loop = startTurns({
    takeTurn: () => store.indexSubjects(now()),
    restPerWork: 9, // nobody waits for it
    lookEveryMs: 1000,
    onFault: (error) => log.error({ err: error }, "subjects.turn_failed"),
  });
  return loop.stop;
}
