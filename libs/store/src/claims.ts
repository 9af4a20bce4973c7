import type { Attempt, Decision } from "@sidehook/delivery";

export interface ClaimRequest {
  now: Date;
  /** Longer than any attempt may last. */
  leaseMs: number;
  /** How many deliveries of each webhook may be taken. */
  slots: readonly ClaimSlot[];
}

export interface ClaimSlot {
  webhookId: string;
  limit: number;
  /** As of the `DueWebhook`: where to look; left out: everywhere. */
  lanes?: readonly number[];
}

/** A webhook with something to send, now or later. */
export interface DueWebhook {
  webhookId: string;
  /** Numbers of the store's own; what comes after this was read is found the next time. */
  lanes: readonly number[];
  dueAt: Date;
  /** Of the webhook's own, null: the service's. */
  maxConcurrency: number | null;
  /** False if a delivery must not be claimed before it can be sent: an order or a rate says when that is. */
  canClaimAhead: boolean;
}

/** An attempt that was made, together with what it decides. */
export interface AttemptRecord {
  deliveryId: string;
  webhookId: string;
  claimToken: string;
  attempt: Omit<Attempt, "id">;
  eventType: string;
  /** Of the event. The log keeps the request without it, for it is there already. */
  payload: string;
  decision: Decision;
}
