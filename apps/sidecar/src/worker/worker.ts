import type { ClaimedDelivery, Sender } from "@sidehook/delivery";
import type { AttemptRecord, Store } from "@sidehook/store";
import type { Config } from "../config.ts";
import type { Logger } from "../log.ts";
import { maxTimeoutMs } from "../settings.ts";
import { attemptDelivery, logAttempt } from "./attempt.ts";
import { createDueList, type DueList } from "./due-list.ts";
import { createInFlight, type Ended, type InFlight } from "./in-flight.ts";
import { repeat, startLoop, type Loop } from "./loop.ts";
import { createPace, type Pace } from "./pace.ts";
import { countSlots, msUntilNext, shareSlots, type Share } from "./slots.ts";

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

/**
 * Starts the loop that makes due deliveries. One pass at a time records what has been made and claims what may follow,
 * in one commit; attempts run beside it, never more than the settings allow. Between passes it sleeps until the next
 * due time, until attempts have ended, or until the store says that something may be due.
 */
export function startWorker(options: WorkerOptions): DeliveryWorker {
  const { store, log, config: limits } = options;
  const pace = createPace();
  let isStopping = false;

  const loop = startLoop(pass, (error) => log.error({ err: error }, "worker.pass_failed"));
  const inFlight = createInFlight({
    wake: loop.wake,
    send: (delivery) => attempt(delivery, options, pace),
    onFault: (delivery, error) => log.error({ err: error, deliveryId: delivery.id }, "delivery.not_sent"),
  });
  const dueList = createDueList({
    list: () => store.listDueWebhooks(),
    monotonicMs: () => performance.now(),
  });
  const chooseShares = createChoice(options, { inFlight, pace, dueList });
  const ignore = store.onDeliveriesDue(() => {
    dueList.forget();
    inFlight.wakeSoon();
  });
  const stopUpkeep = startUpkeep(options, { loop, inFlight });

  async function pass(): Promise<number> {
    await handBack(store, inFlight);
    // Before anything is taken: while the database is away, what has been made waits for it.
    const { shares, nextMs } = isStopping ? nothing : await chooseShares();
    const ended = inFlight.takeEnded();
    try {
      if (ended.length === 0 && shares.length === 0) return nextMs;
      const claimed = await recordAndClaim(options, ended, shares);
      dueList.noteClaim(shares, claimed.length);
      if (ended.length === 0 && claimed.length === 0) return Math.min(lookAgainMs, nextMs);
      addTo(inFlight, claimed, shares);
    } finally {
      inFlight.forget(ended); // what could not be recorded, too: its claim runs out
    }
    return isFull(inFlight, limits) ? Infinity : 0; // the next answer wakes
  }

  return {
    async stop() {
      ignore();
      isStopping = true;
      await inFlight.drain(drainMs);
      await loop.stop();
      await stopUpkeep();
      const tokens = inFlight.tokens();
      if (tokens.length > 0) await store.releaseClaims(tokens);
    },
  };
}

/** What is done beside the passes; answers how to stop it. */
function startUpkeep(
  options: WorkerOptions,
  { loop, inFlight }: { loop: Loop; inFlight: InFlight },
): () => Promise<void> {
  const { store, log, now } = options;
  const reportFault = (error: unknown) => log.error({ err: error }, "worker.upkeep_failed");

  /** And looks: where very much waits, the list of it is not made anew each time, and may lack the next retry. */
  async function tend(): Promise<void> {
    await store.tendWebhooks(now());
    loop.wake();
  }

  /** Own claims first: a clock that was set forward must not make them look like those of a dead process. */
  async function renewAndRescue(): Promise<void> {
    await store.renewClaims(inFlight.tokens(), leaseMs, now());
    await rescue(options);
  }

  const stopTending = repeat(tendEveryMs, tend, reportFault);
  const stopRescuing = repeat(rescueEveryMs, renewAndRescue, reportFault);
  return async () => void (await Promise.all([stopTending(), stopRescuing()]));
}

async function handBack(store: Pick<Store, "releaseClaims">, inFlight: InFlight): Promise<void> {
  const tokens = inFlight.listHandedBack();
  if (tokens.length === 0) return;
  await store.releaseClaims(tokens);
  inFlight.forgetHandedBack(tokens);
}

function attempt(delivery: ClaimedDelivery, options: WorkerOptions, pace: Pace): Promise<AttemptRecord> {
  const { id, maxConcurrency } = delivery.webhook;
  const most = maxConcurrency ?? options.config.webhookConcurrency;
  return attemptDelivery(delivery, options, (result) => pace.note(id, most, result));
}

function addTo(inFlight: InFlight, claimed: readonly ClaimedDelivery[], shares: readonly Share[]): void {
  const byWebhook = Map.groupBy(claimed, ({ webhook }) => webhook.id);
  for (const { webhookId, slots } of shares) inFlight.add(byWebhook.get(webhookId) ?? [], slots);
}

/** True if nobody could be given a slot. */
function isFull(inFlight: InFlight, { concurrency }: WorkerOptions["config"]): boolean {
  return inFlight.countWaiting() > 0 || countSlots(inFlight.slotsInUse()) >= concurrency;
}

interface Choice {
  shares: readonly Share[];
  /** Until the next webhook is due. */
  nextMs: number;
}

const nothing: Choice = { shares: [], nextMs: Infinity };

/** Which webhooks get the free slots, each in its turn. */
function createChoice(
  { now, config: limits }: WorkerOptions,
  { inFlight, pace, dueList }: { inFlight: InFlight; pace: Pace; dueList: DueList },
): () => Promise<Choice> {
  let after = "";
  return async () => {
    // Claimed in large parts: the next one when the slots have hardly a delivery left for each.
    const hasEnough = inFlight.countWaiting() >= limits.concurrency;
    if (hasEnough && countSlots(inFlight.slotsInUse()) >= limits.concurrency) return nothing;
    const due = await dueList.read();
    const time = now();
    const sharing = { limits, now: time, after, ...pace, countWaiting: inFlight.countWaiting };
    const shares = shareSlots(due, inFlight.slotsInUse(), sharing);
    after = shares.at(-1)?.webhookId ?? after;
    return { shares, nextMs: msUntilNext(due, time) };
  };
}

async function recordAndClaim(
  { store, log, now }: WorkerOptions,
  ended: readonly Ended[],
  slots: readonly Share[],
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
