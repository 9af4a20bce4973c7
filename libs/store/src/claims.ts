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
  /** Of the `DueWebhook`: where to look; left out: everywhere, from the beginning. */
  lanes?: readonly WaitingLane[];
}

/** One of the places where deliveries of a webhook wait. It is the store's own, and changes with each claim in it. */
export interface WaitingLane {
  lane: number;
  /** What has been claimed last in it: the next claim goes on from there. */
  claimedTo?: LanePosition;
  /** The last claim in it has not left more there than it took, as far as it could see. */
  isPerhapsEmpty?: boolean;
}

/** Within a lane the earliest come first. */
export interface LanePosition {
  /** Unix milliseconds. */
  dueAt: number;
  seq: number;
}

/** A webhook with something to send, now or later. */
export interface DueWebhook {
  webhookId: string;
  /** What comes into another one, or into one of these before what has been claimed, is found the next time this is read. */
  lanes: readonly WaitingLane[];
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
