import type { ClaimedDelivery } from "@sidehook/delivery";
import type { AttemptRecord } from "@sidehook/store";
import { createGathering } from "./gathering.ts";
import { createSending, type Sending, type SendingOptions } from "./sending.ts";

/** An attempt that has been made, but not recorded. */
export interface Ended {
  delivery: ClaimedDelivery;
  record: AttemptRecord;
}

/** What this worker has claimed, from the claim until it has been recorded. */
export interface InFlight extends Pick<
  Sending,
  "slotsInUse" | "countWaiting" | "add" | "tokens" | "listHandedBack" | "forgetHandedBack"
> {
  /** What is to be recorded now; nothing while answers may wait for others to share their commit. */
  takeEnded: () => readonly Ended[];
  /** To be told when what was taken has been recorded, or could not be. */
  forget: (ended: readonly Ended[]) => void;
  /** Wakes when what has come is worth a commit; at once if hardly anything is under way. */
  wakeSoon: () => void;
  /** Sends nothing more. Resolves when nothing is being sent or recorded, or when that time is over. */
  drain: (timeoutMs: number) => Promise<void>;
}

/** With fewer attempts in flight nothing is gathered, so that a quiet network has no delay. */
const busyFrom = 8;
/** A commit costs more than what is in it: answers and events that come close together share one. */
const gatherMs = 3;
/** The same, while there is enough to send until then. */
const gatherWhileSendingMs = 10;
const maxPerCommit = 500;

export interface InFlightOptions extends Pick<SendingOptions, "send" | "onFault"> {
  wake: () => void;
}

export function createInFlight({ wake, send, onFault }: InFlightOptions): InFlight {
  const sending = createSending({ send, onFault, onEnd });
  const ended: Ended[] = [];
  const taken = new Set<string>();
  const gathering = createGathering(wake);
  let onEmpty = ignore;

  const size = () => sending.count() + ended.length + taken.size;

  function wakeSoon(): void {
    const isQuiet = sending.count() === 0 || size() < busyFrom;
    const worthMs = sending.countWaiting() > 0 ? gatherWhileSendingMs : gatherMs;
    gathering.endWithin(isQuiet ? 0 : worthMs);
  }

  function onEnd(delivery: ClaimedDelivery, record: AttemptRecord | undefined): void {
    if (record) ended.push({ delivery, record });
    if (size() === 0) onEmpty();
    wakeSoon();
  }

  return {
    ...sending,
    wakeSoon,
    tokens: () => [...sending.tokens(), ...ended.map(({ record }) => record.claimToken), ...taken],
    takeEnded() {
      if (!gathering.take()) return [];
      const now = ended.splice(0, maxPerCommit);
      for (const { record } of now) taken.add(record.claimToken);
      if (ended.length > 0) gathering.endWithin(gatherMs);
      return now;
    },
    forget(done) {
      for (const { record } of done) taken.delete(record.claimToken);
      sending.markRecorded(done.map(({ record }) => record.webhookId));
      if (size() === 0) onEmpty();
    },
    async drain(timeoutMs) {
      sending.stop();
      if (size() === 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      onEmpty = resolve;
      const timer = setTimeout(resolve, timeoutMs);
      gathering.endWithin(0);
      await promise;
      clearTimeout(timer);
    },
  };
}

function ignore(): void {}
