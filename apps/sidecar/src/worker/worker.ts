import type { ClaimedDelivery, Sender } from "@sidehook/delivery";
import type { Store } from "@sidehook/store";
import type { Config } from "../config.ts";
import type { Logger } from "../log.ts";
import { maxTimeoutMs } from "../settings.ts";
import { attemptDelivery } from "./attempt.ts";
import { repeat, startLoop } from "./loop.ts";
import { createPace } from "./pace.ts";
import { msUntilNext, shareSlots } from "./slots.ts";

export interface WorkerOptions {
  store: Pick<
    Store,
    | "claimDeliveries"
    | "listDueWebhooks"
    | "onDeliveriesDue"
    | "recordAttempts"
    | "releaseClaims"
    | "renewClaims"
    | "rescueDeliveries"
    | "tendWebhooks"
  >;
  sender: Sender;
  config: Pick<Config, "concurrency" | "webhookConcurrency" | "retryScheduleMs" | "timeoutMs">;
  log: Logger;
  now: () => Date;
  random: () => number;
}

export interface DeliveryWorker {
  /** Claims nothing more, waits for the attempts in flight, hands back what does not end in time. */
  stop: () => Promise<void>;
}

/** A claim outlives any attempt, so that only a dead worker's claims are ever rescued. */
export const leaseMs = maxTimeoutMs + 5000;
const rescueEveryMs = 5000;
const tendEveryMs = 1000;
const gatherMs = 2;
/** What was due has been taken by another process, or is due by another clock in a moment. */
const lookAgainMs = 50;
/** Service managers kill after ten seconds. */
const drainMs = 8000;

/**
 * Starts the loop that makes due deliveries: claim, attempt, record.
 *
 * It sleeps until the next due time or until the store says that something may be due. One pass at a
 * time decides what to claim; attempts run beside it, never more than the settings allow.
 */
export function startWorker(options: WorkerOptions): DeliveryWorker {
  const { store, log, now, config: limits } = options;
  const pace = createPace();
  let gathering: NodeJS.Timeout | undefined;
  const inFlight = new Map<string, { webhookId: string; done: Promise<void> }>();

  const loop = startLoop(claimWhatIsDue, (error) => log.error({ err: error }, "worker.pass_failed"));
  const ignore = store.onDeliveriesDue(loop.wake);
  const reportFault = (error: unknown) => log.error({ err: error }, "worker.upkeep_failed");
  const stopTending = repeat(tendEveryMs, () => store.tendWebhooks(now()), reportFault);
  const stopRescuing = repeat(rescueEveryMs, renewAndRescue, reportFault);

  /** Own claims first: a clock that was set forward must not make them look like those of a dead process. */
  async function renewAndRescue(): Promise<void> {
    await store.renewClaims([...inFlight.keys()], leaseMs, now());
    await rescue(options);
  }

  /** Each claim is a commit: answers that come close together make room for one claim. */
  function wakeAfterAnswers(): void {
    if (inFlight.size === 0) loop.wake();
    else gathering ??= setTimeout(loop.wake, gatherMs);
  }

  async function claimWhatIsDue(): Promise<number> {
    clearTimeout(gathering);
    gathering = undefined;
    if (inFlight.size >= limits.concurrency) return Infinity; // the next answer wakes
    const due = await store.listDueWebhooks();
    const time = now();
    const busy = Array.from(inFlight.values(), ({ webhookId }) => webhookId);
    const slots = shareSlots(due, busy, { limits, now: time, limitOf: pace.limitOf });
    const claimed = slots.length > 0 ? await store.claimDeliveries({ now: time, leaseMs, slots }) : [];
    for (const delivery of claimed) start(delivery);
    if (claimed.length > 0) return 0;
    return Math.min(slots.length > 0 ? lookAgainMs : Infinity, msUntilNext(due, time));
  }

  function start(delivery: ClaimedDelivery): void {
    const { webhook } = delivery;
    const most = webhook.maxConcurrency ?? limits.webhookConcurrency;
    const done = attemptDelivery(delivery, options, (result) => pace.note(webhook.id, most, result))
      .catch((error: unknown) => log.error({ err: error, deliveryId: delivery.id }, "delivery.not_recorded"))
      .finally(() => {
        inFlight.delete(delivery.claimToken);
        wakeAfterAnswers();
      });
    inFlight.set(delivery.claimToken, { webhookId: webhook.id, done });
  }

  return {
    async stop() {
      ignore();
      await loop.stop();
      await drain(Array.from(inFlight.values(), ({ done }) => done));
      await Promise.all([stopRescuing(), stopTending()]);
      if (inFlight.size > 0) await store.releaseClaims([...inFlight.keys()]);
    },
  };
}

/** A dead process's claims become due again; the store wakes the worker when there were any. */
async function rescue({ store, now, log }: WorkerOptions): Promise<void> {
  const count = await store.rescueDeliveries(now());
  if (count > 0) log.warn({ count }, "delivery.rescued");
}

async function drain(attempts: readonly Promise<void>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, drainMs)));
  await Promise.race([Promise.all(attempts), limit]);
  clearTimeout(timer);
}
