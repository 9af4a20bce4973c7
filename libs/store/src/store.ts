import type { EventContext, WebhookEvent } from "@sidehook/events";
import type {
  Attempt,
  ClaimedDelivery,
  DeliveryState,
  FailureClass,
  Refusal,
  Webhook,
} from "@sidehook/delivery";
import type { AttemptRecord, ClaimRequest, DueWebhook } from "./claims.ts";
import type { ArchiveStore } from "./archive.ts";
import type { ReplayStore } from "./replay.ts";
import type { IssueStore } from "./issues.ts";
import type { PrivacyStore } from "./privacy.ts";
import type { SearchStore } from "./search.ts";
import type { MirrorStore } from "./mirror.ts";
import type { StatsStore } from "./stats.ts";
import type { HeartbeatStore } from "./heartbeat.ts";
import type { OverviewStore } from "./overview.ts";
import type { Page, PageRequest } from "./page.ts";
import type { PastEventsStore } from "./past-events.ts";
import type { SessionsStore } from "./sessions.ts";
import type { WebhookSearchStore } from "./webhook-search.ts";

export * from "./errors.ts";
export type { Page, PageRequest } from "./page.ts";
export type { AttemptRecord, ClaimRequest, ClaimSlot, DueWebhook, WaitingLane } from "./claims.ts";

export type IngestResult = { id: string; status: "accepted" | "duplicate" };

export interface StoredEvent extends WebhookEvent {
  isTest: boolean;
  receivedAt: Date;
}

export type EventSummary = Omit<StoredEvent, "payload">;

/** For each webhook that exists: its delivery of an event, or why it has none. */
export interface EventOutcome {
  webhookId: string;
  webhookName: string;
  deliveryId: string | null;
  delivery: Pick<Delivery, "state" | "attemptCount" | "failureClass"> | null;
  reason: Refusal | null;
}

export interface Delivery {
  id: string;
  eventId: string;
  eventType: string;
  webhookId: string;
  webhookName: string;
  siteId: number | null;
  state: DeliveryState;
  isTest: boolean;
  attemptCount: number;
  /** When the next attempt is due; null once finished. */
  nextAttemptAt: Date | null;
  createdAt: Date;
  finishedAt: Date | null;
  failureClass: FailureClass | null;
}

export interface DeliveryDetail extends Delivery {
  event: { payload: string; occurredAt: string; context: EventContext };
  attempts: Attempt[];
}

export interface EventFilter {
  type?: string | undefined;
  /** Leaves out what Sidehook tells about itself. */
  isOfNetwork?: boolean | undefined;
  siteId?: number | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
  /** What it is about (`customer:5`, `site:3`, an e-mail address, a bare number), its id, or part of its type or payload. */
  q?: string | undefined;
}

export interface DeliveryFilter {
  webhookId?: string | undefined;
  eventId?: string | undefined;
  eventType?: string | undefined;
  state?: DeliveryState | undefined;
  siteId?: number | undefined;
  /** Has failed with it, or waits for a retry because of it; tests and what was cancelled do not count. */
  failureClass?: FailureClass | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
  /** Id of a delivery or event, what the event is about as of `EventFilter`, or part of its type or payload. */
  q?: string | undefined;
}

/** What may be given when a webhook is made; the store adds the rest. */
export type WebhookInput = Omit<
  Webhook,
  "id" | "isPaused" | "heldSince" | "disabledReason" | "createdAt" | "updatedAt"
>;

export type WebhookState = "healthy" | "failing" | "held" | "paused" | "disabled";

/** Where counting stops, so that a backlog of millions costs no more than one of thousands. */
export const countLimit = 10_000;

export interface WebhookHealth {
  state: WebhookState;
  lastSuccessAt: Date | null;
  lastFailureAt: Date | null;
  /** Start of the present run of failures without a success between. */
  failingSince: Date | null;
  /** Deliveries that wait or are being sent; counted up to `countLimit`. */
  pending: number;
  /** Deliveries that ended within the last 24 hours, counted by whole hours. */
  delivered24h: number;
  failed24h: number;
  /** Of the newest 500 attempts within 24 hours; null without any. */
  p95Ms: number | null;
}

export interface Bin {
  id: string;
  name: string;
  /** What the bin answers. */
  answer: { status: number; delayMs: number; body: string };
  createdAt: Date;
}

export interface BinRequest {
  id: string;
  method: string;
  /** Path and query after the bin's own. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  receivedAt: Date;
}

export interface ApiToken {
  id: string;
  name: string;
  scopes: readonly string[];
  createdAt: Date;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
}

export interface Session {
  id: string;
  /** Shown in the audit trail: `token`, `link`, later a WordPress user. */
  signedInBy: string;
  /** Bound to each form as protection against forged requests. */
  csrfToken: string;
  createdAt: Date;
  expiresAt: Date;
}

/**
 * Everything the service keeps. One implementation over Kysely for SQLite and Postgres.
 *
 * A promise that resolves means durable; claims and recorded attempts alone may be taken back, not by the end of the
 * process, but by a power failure in the next moments, and are then made again. `get…` throws NotFoundError, `find…` may answer undefined,
 * `list…` answers a page, newest first. Times are the caller's, but for leases on Postgres.
 */
export interface Store
  extends
    ReplayStore,
    StatsStore,
    ArchiveStore,
    IssueStore,
    SearchStore,
    OverviewStore,
    HeartbeatStore,
    PrivacyStore,
    MirrorStore,
    PastEventsStore,
    SessionsStore,
    WebhookSearchStore {
  // events
  /** Stores events and makes one delivery for each webhook that wants one, in one transaction shared with other callers. */
  ingestEvents(events: readonly WebhookEvent[], now: Date): Promise<IngestResult[]>;
  /** Stores a test event with one delivery, to this webhook alone, whatever it wants and whether or not it is active or paused. */
  ingestTestEvent(event: WebhookEvent, webhookId: string, now: Date): Promise<{ deliveryId: string }>;
  getEvent(id: string): Promise<StoredEvent>;
  listEvents(filter: EventFilter, page: PageRequest): Promise<Page<EventSummary>>;
  /** Recomputed reasons hold for the webhooks as they are now; deliveries are what really was made. */
  listEventOutcomes(eventId: string): Promise<EventOutcome[]>;
  /** When each event type was last received. */
  listLastSeen(): Promise<Map<string, Date>>;

  // webhooks
  createWebhook(input: WebhookInput, now: Date): Promise<{ webhook: Webhook; secret: string }>;
  getWebhook(id: string): Promise<Webhook>;
  listWebhooks(page: PageRequest): Promise<Page<Webhook>>;
  /** The event types and patterns of all webhooks, sorted; inactive ones among them, as what they miss may be replayed. */
  listWanted(): Promise<string[]>;
  updateWebhook(id: string, changes: Partial<WebhookInput>, now: Date): Promise<Webhook>;
  /** Cancels what is unfinished; the log stays until retention takes it. */
  deleteWebhook(id: string, now: Date): Promise<void>;
  pauseWebhook(id: string, now: Date): Promise<Webhook>;
  /** `discard` cancels what waits, `send` lets it go. A held webhook is held no more, until it fails as long again. */
  resumeWebhook(id: string, backlog: "send" | "discard", now: Date): Promise<Webhook>;
  /** The secrets that sign now, the newest first. */
  listSecrets(webhookId: string, now: Date): Promise<string[]>;
  /** Makes a new secret; the old ones sign too until `overlapMs` have passed. */
  rotateSecret(webhookId: string, overlapMs: number, now: Date): Promise<string>;
  getWebhookHealth(ids: readonly string[], now: Date): Promise<Map<string, WebhookHealth>>;

  // the queue
  /** The earliest due time of each webhook that has something to send and may (tests also when paused). */
  listDueWebhooks(): Promise<DueWebhook[]>;
  claimDeliveries(request: ClaimRequest): Promise<ClaimedDelivery[]>;
  /** Renews the leases of these claims. */
  renewClaims(claimTokens: readonly string[], leaseMs: number, now: Date): Promise<void>;
  /**
   * Records attempts with what they decide, and claims more in the same transaction, if asked to. Answers the ids that
   * were no longer claimed and so were not recorded.
   */
  recordAttempts(
    records: readonly AttemptRecord[],
    now: Date,
    claim?: ClaimRequest,
  ): Promise<{ lost: string[]; claimed: readonly ClaimedDelivery[] }>;
  /** Gives claims back unused, at a stop. */
  releaseClaims(claimTokens: readonly string[]): Promise<void>;
  /** Returns deliveries whose lease has run out to `pending`; answers how many. */
  rescueDeliveries(now: Date): Promise<number>;
  /** Calls back when something may have become due through any connection. Returns a function that stops it. */
  onDeliveriesDue(listener: () => void): () => void;

  // deliveries
  getDelivery(id: string): Promise<DeliveryDetail>;
  listDeliveries(filter: DeliveryFilter, page: PageRequest): Promise<Page<Delivery>>;
  /** Makes a finished or waiting delivery due now. @throws ConflictError while it is being sent or after its webhook was deleted */
  replayDelivery(id: string, now: Date): Promise<Delivery>;
  /** @throws ConflictError if it has ended already */
  cancelDelivery(id: string, now: Date): Promise<Delivery>;

  // bins
  createBin(name: string, now: Date): Promise<Bin>;
  getBin(id: string): Promise<Bin>;
  findBin(id: string): Promise<Bin | undefined>;
  listBins(page: PageRequest): Promise<Page<Bin>>;
  updateBin(id: string, answer: Bin["answer"]): Promise<Bin>;
  deleteBin(id: string): Promise<void>;
  /** Keeps the newest 500 requests of a bin. */
  addBinRequest(binId: string, request: Omit<BinRequest, "id">): Promise<void>;
  listBinRequests(binId: string, page: PageRequest): Promise<Page<BinRequest>>;

  // access
  createToken(
    input: { name: string; scopes: readonly string[]; expiresAt: Date | null },
    now: Date,
  ): Promise<{ token: ApiToken; value: string }>;
  findToken(value: string, now: Date): Promise<ApiToken | undefined>;
  listTokens(): Promise<ApiToken[]>;
  deleteToken(id: string): Promise<void>;
  createSession(signedInBy: string, now: Date): Promise<{ session: Session; value: string }>;
  findSession(value: string, now: Date): Promise<Session | undefined>;
  deleteSession(id: string): Promise<void>;
  /** Remembers a value once until it expires (sign-in links, request ids of the bridge); false if it was used before. */
  useOnce(value: string, expiresAt: Date, now: Date): Promise<boolean>;

  // upkeep
  /**
   * Holds webhooks that have failed too long, lets go those that have recovered, and moves what waits for them, a
   * piece at a time: to be called about once a second, by any number of processes.
   */
  tendWebhooks(now: Date): Promise<void>;
  /** Deletes events, finished deliveries, attempts and bin requests older than `before`, in small chunks; answers how many events. */
  deleteBefore(before: Date): Promise<number>;
  /** Writes and takes back a row; throws if the store cannot be written. */
  checkWritable(): Promise<void>;
  close(): Promise<void>;
}
