import type { Delivery, QueueKind } from "./queue.ts";

const waiting: Delivery[] = [];
let wake = () => {};

/** The limit: an array and as many loops as there are slots. Nothing is kept, nothing is tried again. */
export const bare: QueueKind = {
  hasThread: false,
  async openQueue() {
    return async (deliveries) => {
      waiting.push(...deliveries);
      wake();
    };
  },
  async startWorker({ concurrency }, deliver) {
    const stopping = new AbortController();
    let next = 0;
    const running = new Set<Promise<void>>();
    const run = async () => {
      for (let delivery = waiting[next]; delivery && !stopping.signal.aborted; delivery = waiting[next]) {
        next++;
        await deliver(delivery);
      }
    };
    wake = () => {
      while (running.size < concurrency && waiting[next]) {
        const loop: Promise<void> = run().finally(() => running.delete(loop));
        running.add(loop);
      }
    };
    wake();
    return async () => {
      stopping.abort();
      wake = () => {};
      await Promise.all(running);
      waiting.splice(0, next);
    };
  },
};
