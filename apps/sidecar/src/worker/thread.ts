import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Logger } from "../log.ts";
import type { WorkerSettings } from "./run.ts";

export interface WorkerThread {
  isRunning: () => boolean;
  stop: () => Promise<void>;
}

const restartAfterMs = 1000;
/** What an attempt needs is garbage a moment later: a large nursery only delays its end. Measured: 100 MB less, as fast. */
const resourceLimits = { maxYoungGenerationSizeMb: 24 };

/** Starts the worker in a thread, and starts it again should it die; its claims are rescued by then. */
export function startWorkerThread(settings: WorkerSettings, log: Logger): WorkerThread {
  let isStopping = false;
  let isRunning = false;
  let timer: NodeJS.Timeout | undefined;
  let thread = start();

  function start(): Worker {
    const worker = new Worker(new URL("./thread-main.js", import.meta.url), {
      workerData: settings,
      resourceLimits,
    });
    worker.on("message", () => (isRunning = true));
    worker.on("error", (error) => log.error({ err: error }, "worker.died"));
    worker.on("exit", () => {
      isRunning = false;
      if (!isStopping) timer = setTimeout(() => (thread = start()), restartAfterMs);
    });
    return worker;
  }

  return {
    isRunning: () => isRunning,
    async stop() {
      isStopping = true;
      clearTimeout(timer);
      if (thread.threadId === -1) return; // it has died and not been started again
      const exit = once(thread, "exit");
      thread.postMessage("stop");
      await exit;
    },
  };
}
