import { createSender } from "@sidehook/delivery";
import { createIdSource } from "@sidehook/events";
import { openStore, type Store } from "@sidehook/store";
import type { Config } from "../config.ts";
import { loadKeys } from "../keys.ts";
import { createLog, type Logger } from "../log.ts";
import { createMetrics, measureLag } from "../metrics.ts";
import { observeStore } from "../observed-store.ts";
import { startMaintenance } from "./maintenance.ts";
import { startPulling } from "./pull.ts";
import { startReplays } from "./replays.ts";
import { createWorkerSender } from "./sender.ts";
import { startSubjects } from "./subjects.ts";
import { startWorker } from "./worker.ts";

/** What a worker is started with; plain data, so that it can be handed to a thread. */
export interface WorkerSettings {
  config: Config;
  /** Base of the service's own bins. */
  publicUrl: string;
  /** Of the metrics of the process. */
  memory: SharedArrayBuffer;
}

/**
 * Opens a connection and a sender of its own and starts delivering. Runs in a thread beside the API,
 * so that a slow disk under one does not stop the other, or alone in a process of the role `worker`.
 */
export async function runWorker(
  { config, publicUrl, memory }: WorkerSettings,
  clock: { now: () => Date; random: () => number },
): Promise<{ stop: () => Promise<void> }> {
  const log = createLog(config.logLevel);
  const metrics = createMetrics(memory);
  measureLag(metrics, "worker");
  const opened = await openStore({ url: config.databaseUrl, now: () => clock.now().getTime() });
  const store = observeStore(opened, metrics, "worker");
  const sender = createWorkerSender(config, publicUrl);
  const worker = startWorker({ store, sender, config, log, ...clock });
  const stopMaintenance = startMaintenance({ store, retentionMs: config.retentionMs, log, now: clock.now });
  const stopReplays = startReplays({ store, log, now: clock.now });
  const stopSubjects = startSubjects({ store, log, now: clock.now });
  const stopPulling =
    config.pullUrl === null ? null : pullFrom(config.pullUrl, { config, store, log, ...clock });
  return {
    async stop() {
      await stopPulling?.();
      await Promise.all([stopReplays(), stopSubjects()]);
      await worker.stop();
      await stopMaintenance();
      await sender.close();
      await store.close();
    },
  };
}

/** With a sender of its own: the network's address was set by the operator, and may be a private one. */
function pullFrom(
  url: string,
  { config, store, log, now }: { config: Config; store: Store; log: Logger; now: () => Date },
): () => Promise<void> {
  const guard = { findRefusal: () => undefined };
  const sender = createSender({ guard, timeoutMs: config.timeoutMs, connectTimeoutMs: 5000 });
  const { bridgeKey } = loadKeys(config);
  const newId = createIdSource(() => now().getTime());
  const stop = startPulling({ url, bridgeKey, store, sender, log, now, newId });
  return async () => {
    await stop();
    await sender.close();
  };
}
