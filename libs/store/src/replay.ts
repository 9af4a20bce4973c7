import type { DeliveryState, FailureClass } from "@sidehook/delivery";
import type { Page, PageRequest } from "./store.ts";

/**
 * Which deliveries are replayed; without a state all of them. `missing`: the events that the webhook wants
 * now and has no delivery of, from before it existed or while it was inactive.
 */
export interface ReplayFilter {
  webhookId?: string | undefined;
  eventType?: string | undefined;
  state?: DeliveryState | undefined;
  siteId?: number | undefined;
  /** As of `DeliveryFilter`; goes without `missing`. */
  failureClass?: FailureClass | undefined;
  /** When the delivery was made; of a missing one, when the event was received. */
  since?: Date | undefined;
  until?: Date | undefined;
  /** Needs `webhookId` and goes without `state`. */
  missing?: true | undefined;
}

export interface ReplaySample {
  /** Null where the replay makes the delivery. */
  deliveryId: string | null;
  eventId: string;
  eventType: string;
  webhookId: string;
  createdAt: Date;
}

export interface ReplayPlan {
  /** Exact, as of the call. */
  planned: number;
  /** The first few. */
  sample: ReplaySample[];
}

export type ReplayState = "running" | "done" | "cancelled";

export interface Replay {
  id: string;
  filter: ReplayFilter;
  state: ReplayState;
  /** How many matched when it was made. */
  planned: number;
  /** How many have become due again. */
  done: number;
  /** How many could not: being sent at that moment, changed or deleted meanwhile. Their answers are told by the deliveries. */
  failed: number;
  createdAt: Date;
  finishedAt: Date | null;
}

/** The part of the store that replays many deliveries at once. */
export interface ReplayStore {
  /** Counts what a replay would do, and does nothing. @throws NotFoundError, ConflictError as `createReplay` */
  planReplay(filter: ReplayFilter): Promise<ReplayPlan>;
  /**
   * Makes a replay, which goes on with each `advanceReplay`, in any process.
   *
   * @throws NotFoundError if its webhook does not exist
   * @throws ConflictError for what an inactive webhook is missing
   */
  createReplay(filter: ReplayFilter, now: Date): Promise<Replay>;
  getReplay(id: string): Promise<Replay>;
  listReplays(page: PageRequest): Promise<Page<Replay>>;
  /** What has become due stays so. @throws ConflictError if it has ended */
  cancelReplay(id: string, now: Date): Promise<Replay>;
  /** Lets the replay that has waited longest make up to 500 deliveries due, in one short transaction; false if none is running. */
  advanceReplay(now: Date): Promise<boolean>;
}
