import type { ClaimedDelivery } from "@sidehook/delivery";

/**
 * A slot sends the next delivery while the last answer waits to be recorded, so that neither waits for the other; but
 * no third one: what a killed process has sent and not recorded is sent again.
 */
const sentPerSlot = 2;

interface Lane {
  slots: number;
  running: number;
  unrecorded: number;
  waiting: ClaimedDelivery[];
}

/** What each webhook has claimed, and when the next of it may be sent. */
export interface Traffic {
  /** The slots that are used now, by webhook. */
  slotsInUse: () => ReadonlyMap<string, number>;
  /** Deliveries that wait for a slot: of one webhook, or of all. */
  countWaiting: (webhookId?: string) => number;
  add: (delivery: ClaimedDelivery, slots: number) => void;
  /** The next delivery of this webhook that may be sent now; it counts as running from here on. */
  takeNext: (webhookId: string) => ClaimedDelivery | undefined;
  /** Leaves the slot, and is to be recorded or not. */
  end: (webhookId: string, isToBeRecorded: boolean) => void;
  markRecorded: (webhookId: string) => void;
  /** What waits, which then waits no more: of one webhook, or of all. */
  takeWaiting: (webhookId?: string) => readonly ClaimedDelivery[];
  listWaiting: () => readonly ClaimedDelivery[];
}

export function createTraffic(): Traffic {
  const lanes = new Map<string, Lane>();
  let waitingCount = 0;

  function laneOf(webhookId: string): Lane {
    const known = lanes.get(webhookId);
    if (known) return known;
    const lane: Lane = { slots: 0, running: 0, unrecorded: 0, waiting: [] };
    lanes.set(webhookId, lane);
    return lane;
  }

  function forgetIfIdle(webhookId: string, { running, unrecorded, waiting }: Lane): void {
    if (running + unrecorded + waiting.length === 0) lanes.delete(webhookId);
  }

  function takeWaitingOf(webhookId: string): readonly ClaimedDelivery[] {
    const lane = laneOf(webhookId);
    const waiting = lane.waiting.splice(0);
    waitingCount -= waiting.length;
    forgetIfIdle(webhookId, lane);
    return waiting;
  }

  return {
    slotsInUse: () => new Map([...lanes].map(([webhookId, { running }]) => [webhookId, running])),
    countWaiting: (webhookId) =>
      webhookId === undefined ? waitingCount : (lanes.get(webhookId)?.waiting.length ?? 0),
    add(delivery, slots) {
      const lane = laneOf(delivery.webhook.id);
      lane.slots = slots;
      lane.waiting.push(delivery);
      waitingCount++;
    },
    takeNext(webhookId) {
      const lane = lanes.get(webhookId); // made here, it would stay for good
      const next = lane && isFree(lane) ? lane.waiting.shift() : undefined;
      if (!lane || !next) return undefined;
      lane.running++;
      waitingCount--;
      return next;
    },
    end(webhookId, isToBeRecorded) {
      const lane = laneOf(webhookId);
      lane.running--;
      if (isToBeRecorded) lane.unrecorded++;
      forgetIfIdle(webhookId, lane);
    },
    markRecorded(webhookId) {
      const lane = laneOf(webhookId);
      lane.unrecorded--;
      forgetIfIdle(webhookId, lane);
    },
    takeWaiting: (webhookId) =>
      webhookId === undefined ? [...lanes.keys()].flatMap(takeWaitingOf) : takeWaitingOf(webhookId),
    listWaiting: () => [...lanes.values()].flatMap(({ waiting }) => waiting),
  };
}

function isFree({ slots, running, unrecorded }: Lane): boolean {
  return running < slots && running + unrecorded < sentPerSlot * slots;
}
