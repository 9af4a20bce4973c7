import { importPeer } from "../peers.ts";
import type { Delivery, QueueKind } from "./queue.ts";

/** What is used of the package, whose types are not installed here. */
interface Package {
  makeWorkerUtils: (options: object) => Promise<{
    migrate: () => Promise<void>;
    addJob: (identifier: string, payload: Delivery, options: object) => Promise<unknown>;
    addJobs: (
      entries: readonly { identifier: string; payload: Delivery; maxAttempts: number }[],
    ) => Promise<unknown>;
  }>;
  run: (options: object) => Promise<{ stop: () => Promise<void> }>;
  Logger: new (factory: () => () => void) => unknown;
}

const identifier = "deliver";
const maxAttempts = 10;

/** Fetches ahead and completes in batches: the fastest that it offers. */
export const graphile: QueueKind = {
  hasThread: true,
  async openQueue({ server }) {
    const { makeWorkerUtils, Logger } = await importPeer<Package>("graphile-worker");
    const logger = new Logger(() => () => {});
    const utils = await makeWorkerUtils({ connectionString: server, maxPoolSize: 10, logger });
    await utils.migrate();
    return async (deliveries) => {
      const [first] = deliveries;
      if (first && deliveries.length === 1) await utils.addJob(identifier, first, { maxAttempts });
      else await utils.addJobs(deliveries.map((payload) => ({ identifier, payload, maxAttempts })));
    };
  },
  async startWorker({ server, concurrency }, deliver) {
    const { run, Logger } = await importPeer<Package>("graphile-worker");
    const runner = await run({
      preset: {
        worker: {
          connectionString: server,
          maxPoolSize: 10,
          concurrentJobs: concurrency,
          pollInterval: 500,
          localQueue: { size: 500 },
          completeJobBatchDelay: 0,
          failJobBatchDelay: 0,
        },
      },
      noHandleSignals: true,
      logger: new Logger(() => () => {}),
      taskList: { [identifier]: (payload: Delivery) => deliver(payload) },
    });
    return () => runner.stop();
  },
};
