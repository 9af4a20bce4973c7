import type { ClaimedDelivery, Sender } from "@sidehook/delivery";
import type { ClaimRequest, Store } from "@sidehook/store";
import type { Config } from "../config.ts";
import type { Logger } from "../log.ts";
import { maxTimeoutMs } from "../settings.ts";
import { attemptDelivery, logAttempt } from "./attempt.ts";
import { createInFlight, type Ended, type InFlight } from "./in-flight.ts";
import { repeat, startLoop } from "./loop.ts";
import { createPace, type Pace } from "./pace.ts";
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
/** What was due has been taken by another process, or is due by another clock in a moment. */
const lookAgainMs = 50;
/** Service managers kill after ten seconds. */
const drainMs = 8000;

type Slots = ClaimRequest["slots"];

/**
 * Starts the loop that makes due deliveries. One pass at a time records what has been made and claims what may follow,
 * in one commit; attempts run beside it, never more than the settings allow. Between passes it sleeps until the next
 * due time, until attempts have ended, or until the store says that something may be due.
 */
export function startWorker(options: WorkerOptions): DeliveryWorker {
  const { store, log, now, config: limits } = options;
  const pace = createPace();
  let isStopping = false;

  const loop = startLoop(pass, (error) => log.error({ err: error }, "worker.pass_failed"));
  const inFlight = createInFlight({
    wake: loop.wake,
    onFault: (delivery, error) => log.error({ err: error, deliveryId: delivery.id }, "delivery.not_sent"),
  });
  const chooseSlots = createChoice(options, { inFlight, pace });
  const ignore = store.onDeliveriesDue(inFlight.wakeSoon);
  const reportFault = (error: unknown) => log.error({ err: error }, "worker.upkeep_failed");
  const stopTending = repeat(tendEveryMs, () => store.tendWebhooks(now()), reportFault);
  const stopRescuing = repeat(rescueEveryMs, renewAndRescue, reportFault);

  /** Own claims first: a clock that was set forward must not make them look like those of a dead process. */
  async function renewAndRescue(): Promise<void> {
    await store.renewClaims(inFlight.tokens(), leaseMs, now());
    await rescue(options);
  }

  async function pass(): Promise<number> {
    const ended = inFlight.takeEnded();
    try {
      const free = isStopping ? 0 : limits.concurrency - inFlight.size() + ended.length;
      const { slots, nextMs } = await chooseSlots(free);
      if (ended.length === 0 && slots.length === 0) return nextMs;
      const claimed = await recordAndClaim(options, ended, slots);
      if (ended.length === 0 && claimed.length === 0) return Math.min(lookAgainMs, nextMs);
      for (const delivery of claimed) start(delivery);
    } finally {
      inFlight.forget(ended); // what could not be recorded, too: its claim runs out
    }
    return inFlight.size() < limits.concurrency ? 0 : Infinity; // the next answer wakes
  }

  function start(delivery: ClaimedDelivery): void {
    const { webhook } = delivery;
    const most = webhook.maxConcurrency ?? limits.webhookConcurrency;
    inFlight.add(
      delivery,
      attemptDelivery(delivery, options, (result) => pace.note(webhook.id, most, result)),
    );
  }

  return {
    async stop() {
      ignore();
      isStopping = true;
      await inFlight.drain(drainMs);
      await loop.stop();
      await Promise.all([stopRescuing(), stopTending()]);
      const tokens = inFlight.tokens();
      if (tokens.length > 0) await store.releaseClaims(tokens);
    },
  };
}

interface Choice {
  slots: Slots;
  /** Until the next webhook is due. */
  nextMs: number;
}

/** Which webhooks get the free slots, each in its turn. */
function createChoice(
  { store, now, config: limits }: WorkerOptions,
  { inFlight, pace }: { inFlight: InFlight; pace: Pace },
): (free: number) => Promise<Choice> {
  let after = "";
  return async (free) => {
    if (free <= 0) return { slots: [], nextMs: Infinity };
    const due = await store.listDueWebhooks();
    const time = now();
    const sharing = { limits, now: time, limitOf: pace.limitOf, after };
    const slots = shareSlots(due, inFlight.listBusy(), sharing);
    after = slots.at(-1)?.webhookId ?? after;
    return { slots, nextMs: msUntilNext(due, time) };
  };
}

async function recordAndClaim(
  { store, log, now }: WorkerOptions,
  ended: readonly Ended[],
  slots: Slots,
): Promise<readonly ClaimedDelivery[]> {
  const time = now();
  const claim = slots.length > 0 ? { now: time, leaseMs, slots } : undefined;
  if (ended.length === 0) return claim ? store.claimDeliveries(claim) : [];
  const records = ended.map(({ record }) => record);
  const { lost, claimed } = await store.recordAttempts(records, time, claim);
  const isLost = new Set(lost);
  for (const { delivery, record } of ended) {
    logAttempt(log, delivery, { record, isRecorded: !isLost.has(delivery.id) });
  }
  return claimed;
}

/** A dead process's claims become due again; the store wakes the worker when there were any. */
async function rescue({ store, now, log }: WorkerOptions): Promise<void> {
  const count = await store.rescueDeliveries(now());
  if (count > 0) log.warn({ count }, "delivery.rescued");
}
