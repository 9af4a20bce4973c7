import type { ClaimedDelivery } from "@sidehook/delivery";
import type { AttemptRecord } from "@sidehook/store";
import { createTraffic, type Traffic } from "./traffic.ts";

export interface SendingOptions {
  send: (delivery: ClaimedDelivery) => Promise<AttemptRecord>;
  /** Undefined for an attempt that was none, through a fault of our own. */
  onEnd: (delivery: ClaimedDelivery, record: AttemptRecord | undefined) => void;
  onFault: (delivery: ClaimedDelivery, error: unknown) => void;
}

/** Claimed deliveries until their attempt has been made: those that are being sent, and those that wait for a slot. */
export interface Sending extends Pick<Traffic, "slotsInUse" | "countWaiting"> {
  /** Attempts under way. */
  count: () => number;
  tokens: () => string[];
  /** Sends what was claimed for one webhook, in so many slots. */
  add: (deliveries: readonly ClaimedDelivery[], slots: number) => void;
  /** The webhooks of attempts that are recorded now: their slots may go on. */
  markRecorded: (webhookIds: readonly string[]) => void;
  /** Claim tokens of what shall not be sent just now, as an attempt of its webhook has failed. */
  listHandedBack: () => readonly string[];
  /** To be told when they have been released. */
  forgetHandedBack: (claimTokens: readonly string[]) => void;
  /** Hands back all that waits. */
  stop: () => void;
}

export function createSending({ send, onEnd, onFault }: SendingOptions): Sending {
  const running = new Set<string>();
  const traffic = createTraffic();
  const handedBack = new Set<string>();

  function sendNext(webhookId: string): void {
    for (let next = traffic.takeNext(webhookId); next; next = traffic.takeNext(webhookId)) {
      running.add(next.claimToken);
      void follow(next);
    }
  }

  async function follow(delivery: ClaimedDelivery): Promise<void> {
    const { id } = delivery.webhook;
    const record = await send(delivery).catch((error: unknown) => {
      onFault(delivery, error);
      return undefined;
    });
    running.delete(delivery.claimToken);
    traffic.end(id, record !== undefined);
    // After a failure it is decided anew what is sent, and when.
    if (record?.decision.state === "delivered") sendNext(id);
    else handBack(traffic.takeWaiting(id));
    onEnd(delivery, record);
  }

  function handBack(deliveries: readonly ClaimedDelivery[]): void {
    for (const { claimToken } of deliveries) handedBack.add(claimToken);
  }

  return {
    slotsInUse: traffic.slotsInUse,
    countWaiting: traffic.countWaiting,
    count: () => running.size,
    tokens: () => [...running, ...traffic.listWaiting().map(({ claimToken }) => claimToken), ...handedBack],
    add(deliveries, slots) {
      for (const delivery of deliveries) traffic.add(delivery, slots);
      for (const webhookId of new Set(deliveries.map(({ webhook }) => webhook.id))) sendNext(webhookId);
    },
    markRecorded(webhookIds) {
      for (const webhookId of webhookIds) traffic.markRecorded(webhookId);
      for (const webhookId of new Set(webhookIds)) sendNext(webhookId);
    },
    listHandedBack: () => [...handedBack],
    forgetHandedBack(claimTokens) {
      for (const claimToken of claimTokens) handedBack.delete(claimToken);
    },
    stop: () => handBack(traffic.takeWaiting()),
  };
}
