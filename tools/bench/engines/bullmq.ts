import { importPeer } from "../peers.ts";
import type { Delivery, QueueKind } from "./queue.ts";

/** What is used of the packages, whose types are not installed here. */
interface BullMq {
  Queue: new (
    name: string,
    options: object,
  ) => {
    add: (name: string, data: Delivery, options: object) => Promise<unknown>;
    addBulk: (entries: readonly { name: string; data: Delivery; opts: object }[]) => Promise<unknown>;
  };
  Worker: new (
    name: string,
    process: (entry: { data: Delivery }) => Promise<void>,
    options: object,
  ) => { waitUntilReady: () => Promise<unknown>; close: () => Promise<void> };
}
interface IoRedis {
  Redis: new (options: object) => { disconnect: () => void };
}

const name = "deliveries";
/** As long a schedule as the sidecar's. What is done goes at once: a log would only slow it down. */
const opts = { attempts: 10, backoff: { type: "exponential", delay: 5000 }, removeOnComplete: true };

async function openRedis(path: string) {
  const { Redis } = await importPeer<IoRedis>("ioredis");
  return new Redis({ path, maxRetriesPerRequest: null });
}

export const bullmq: QueueKind = {
  hasThread: true,
  async openQueue({ server }) {
    const { Queue } = await importPeer<BullMq>("bullmq");
    const queue = new Queue(name, { connection: await openRedis(server) });
    return async (deliveries) => {
      const [first] = deliveries;
      if (first && deliveries.length === 1) await queue.add(name, first, opts);
      else await queue.addBulk(deliveries.map((data) => ({ name, data, opts })));
    };
  },
  async startWorker({ server, concurrency }, deliver) {
    const { Worker } = await importPeer<BullMq>("bullmq");
    const connection = await openRedis(server);
    const worker = new Worker(name, ({ data }) => deliver(data), { connection, concurrency });
    await worker.waitUntilReady();
    return async () => {
      await worker.close();
      connection.disconnect();
    };
  },
};
