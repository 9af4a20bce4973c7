import { importPeer } from "../peers.ts";
import type { Delivery, QueueKind } from "./queue.ts";

/** What is used of the package, whose types are not installed here. */
interface Package {
  PgBoss: new (options: object) => Boss;
}
interface Boss {
  on: (event: "error", listener: (error: Error) => void) => void;
  start: () => Promise<unknown>;
  createQueue: (name: string, options: object) => Promise<void>;
  send: (name: string, data: Delivery, options: object) => Promise<unknown>;
  insert: (name: string, entries: readonly object[]) => Promise<unknown>;
  work: (
    name: string,
    options: object,
    handle: (entries: readonly { data: Delivery }[]) => Promise<unknown>,
  ) => Promise<string>;
  stop: (options: object) => Promise<void>;
}

const name = "deliveries";
const retries = { retryLimit: 10, retryDelay: 5, retryBackoff: true };
/** Several fetchers, so that one slow answer in a batch does not hold up everything. */
const fetchers = 4;

async function startBoss(url: string): Promise<Boss> {
  const { PgBoss } = await importPeer<Package>("pg-boss");
  const boss = new PgBoss({ connectionString: url, max: 10, useListenNotify: true, schedule: false });
  boss.on("error", (error) => console.error(error));
  await boss.start();
  return boss;
}

/** Woken by notifications and fetching without a pause while there is more: the fastest that it offers. */
export const pgBoss: QueueKind = {
  hasThread: true,
  async openQueue({ server }) {
    const boss = await startBoss(server);
    await boss.createQueue(name, { notify: true, ...retries });
    return async (deliveries) => {
      const [first] = deliveries;
      if (first && deliveries.length === 1) await boss.send(name, first, {});
      else
        await boss.insert(
          name,
          deliveries.map((data) => ({ data })),
        );
    };
  },
  async startWorker({ server, concurrency }, deliver) {
    const boss = await startBoss(server);
    const options = {
      batchSize: Math.ceil(concurrency / fetchers),
      localConcurrency: fetchers,
      burstWhenBatchFull: true,
      pollingIntervalSeconds: 0.5,
      notifyPollingIntervalSeconds: 0.5,
    };
    await boss.work(name, options, (entries) => Promise.all(entries.map(({ data }) => deliver(data))));
    return () => boss.stop({ graceful: true, close: true });
  },
};
