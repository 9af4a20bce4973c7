import type { Store } from "@sidehook/store";
import type { Logger } from "../log.ts";
import { startTurns } from "./loop.ts";

interface ReplaysOptions {
  store: Pick<Store, "advanceReplay">;
  log: Logger;
  now: () => Date;
}

/** Starts the loop that lets running replays go on, a short turn at a time; returns a function that stops it. */
export function startReplays({ store, log, now }: ReplaysOptions): () => Promise<void> {
  const loop = startTurns({
    takeTurn: () => store.advanceReplay(now()),
    restPerWork: 3,
    lookEveryMs: 500,
    onFault: (error) => log.error({ err: error }, "replay.turn_failed"),
  });
  return loop.stop;
}
