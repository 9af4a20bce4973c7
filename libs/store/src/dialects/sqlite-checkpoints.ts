import { once } from "node:events";
import { extname, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import type { Checkpoints } from "./dialect.ts";

const restartAfterMs = 1000;
/** It keeps nothing: with what V8 takes by itself it would hold some more megabytes. */
const resourceLimits = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 1 };
const program = new URL(`./sqlite-checkpoint-thread${extname(import.meta.filename)}`, import.meta.url);

/**
 * Moves what is in the log of a file into the file, in a thread of its own: it takes some ten milliseconds and two syncs
 * each time, for which a connection that others wait for would else stand still. A thread that has died is started
 * again; without one the connections do it themselves, later.
 */
export function startSqliteCheckpoints(path: string, onFault: (error: unknown) => void): Checkpoints {
  let isStopping = false;
  let timer: NodeJS.Timeout | undefined;
  let thread = start();

  function start(): Worker {
    const worker = new Worker(program, { workerData: resolve(path), resourceLimits });
    worker.on("error", onFault);
    worker.on("exit", () => {
      if (!isStopping) timer = setTimeout(() => (thread = start()), restartAfterMs);
    });
    return worker;
  }

  return {
    async stop() {
      isStopping = true;
      clearTimeout(timer);
      if (thread.threadId === -1) return;
      const exit = once(thread, "exit");
      thread.postMessage("stop");
      await exit;
    },
  };
}
