import type { ClaimedDelivery } from "@sidehook/delivery";
import type { AttemptRecord } from "@sidehook/store";
import { createGathering } from "./gathering.ts";

/** An attempt that has been made, but not recorded. */
export interface Ended {
  delivery: ClaimedDelivery;
  record: AttemptRecord;
}

/** What this worker has claimed: a slot is taken from the claim until the attempt has been recorded. */
export interface InFlight {
  size: () => number;
  tokens: () => string[];
  /** The webhook of each slot that is not about to be given back. */
  listBusy: () => string[];
  add: (delivery: ClaimedDelivery, attempt: Promise<AttemptRecord>) => void;
  /** What is to be recorded now; nothing while answers may wait for others to share their commit. */
  takeEnded: () => readonly Ended[];
  /** Gives back the slots of what was taken. */
  forget: (ended: readonly Ended[]) => void;
  /** Wakes when what has come is worth a commit; at once if hardly anything is under way. */
  wakeSoon: () => void;
  /** Resolves when nothing is in flight, or when that time is over. */
  drain: (timeoutMs: number) => Promise<void>;
}

/** With fewer attempts in flight nothing is gathered, so that a quiet network has no delay. */
const busyFrom = 8;
const maxPerCommit = 500;

export interface InFlightOptions {
  wake: () => void;
  /** Of an attempt that was none, through a fault of our own. */
  onFault: (delivery: ClaimedDelivery, error: unknown) => void;
}

export function createInFlight({ wake, onFault }: InFlightOptions): InFlight {
  const running = new Map<string, ClaimedDelivery>();
  const taken = new Set<string>();
  const ended: Ended[] = [];
  const gathering = createGathering(wake);
  let onEmpty = ignore;

  const size = () => running.size + ended.length + taken.size;

  const wakeSoon = () => gathering.end(running.size === 0 || size() < busyFrom);

  async function follow(delivery: ClaimedDelivery, attempt: Promise<AttemptRecord>): Promise<void> {
    const made = await attempt.catch((error: unknown) => {
      onFault(delivery, error);
      return undefined;
    });
    running.delete(delivery.claimToken);
    if (made) ended.push({ delivery, record: made });
    if (size() === 0) onEmpty();
    wakeSoon();
  }

  return {
    size,
    wakeSoon,
    tokens: () => [...running.keys(), ...ended.map(({ record }) => record.claimToken), ...taken],
    listBusy: () =>
      [...running.values(), ...ended.map(({ delivery }) => delivery)].map(({ webhook }) => webhook.id),
    add(delivery, attempt) {
      running.set(delivery.claimToken, delivery);
      void follow(delivery, attempt);
    },
    takeEnded() {
      if (!gathering.take()) return [];
      const now = ended.splice(0, maxPerCommit);
      for (const { record } of now) taken.add(record.claimToken);
      if (ended.length > 0) gathering.end(false);
      return now;
    },
    forget(done) {
      for (const { record } of done) taken.delete(record.claimToken);
      if (size() === 0) onEmpty();
    },
    async drain(timeoutMs) {
      if (size() === 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      onEmpty = resolve;
      const timer = setTimeout(resolve, timeoutMs);
      gathering.end(true);
      await promise;
      clearTimeout(timer);
    },
  };
}

function ignore(): void {}
