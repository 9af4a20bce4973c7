import { findFirstVersion, type WebhookEvent } from "@sidehook/events";
import { matchesFilter, type Filter } from "./filter.ts";
import { isSentBySource } from "./taken-over.ts";

export type Format = "compatible" | "envelope" | "cloudevents";

/** At most `limit` requests in any period of that length, wherever it begins. */
export interface RateLimit {
  limit: number;
  per: "second" | "minute" | "hour";
}

/** What an admin makes: a Name, a URL and the event types it wants. */
export interface Webhook {
  id: string;
  name: string;
  /** The endpoint. May hold credentials, which become Basic auth and are never shown. */
  url: string;
  /** Event types, prefixes such as `payment_*`, or `*`. */
  events: readonly string[];
  /** An inactive webhook collects no deliveries. */
  isActive: boolean;
  /** A paused webhook collects deliveries and sends none. */
  isPaused: boolean;
  format: Format;
  /** Headers of the webhook's own, added to each request. */
  headers: Readonly<Record<string, string>>;
  /** Empty: the whole network. */
  siteIds: readonly number[];
  /** What must hold for the payload and context of an event; null: nothing. */
  filter: Filter | null;
  /** Waits before each retry in milliseconds; null: the service's schedule. */
  retryScheduleMs: readonly number[] | null;
  /** For the whole attempt; null: the service's. */
  timeoutMs: number | null;
  /** Attempts in flight at once; null: the service's. */
  maxConcurrency: number | null;
  /** Kept exactly, over all processes; null: as fast as it goes. */
  rateLimit: RateLimit | null;
  /** One delivery at a time, in the order in which the events were accepted, a retry before its successors. */
  isOrdered: boolean;
  /** Who made it: `manual`, `api`, `zapier`, `ultimate-multisite` … */
  source: string;
  externalId: string | null;
  /** Since when its deliveries wait for a receiver that fails too long, instead of failing; null: they do not. */
  heldSince: Date | null;
  /** Why it was switched off by the service, such as `gone` after a 410; null otherwise. */
  disabledReason: string | null;
  createdAt: Date;
  updatedAt: Date;
}

/** What a webhook is as long as nobody has said otherwise. */
export const webhookDefaults = {
  isActive: true,
  format: "compatible",
  headers: {},
  siteIds: [],
  filter: null,
  retryScheduleMs: null,
  timeoutMs: null,
  maxConcurrency: null,
  rateLimit: null,
  isOrdered: false,
} as const satisfies Partial<Webhook>;

/** Why a webhook did not get an event. */
export type Refusal = "not_subscribed" | "inactive" | "site" | "not_taken_over" | "filter";

/**
 * Decides whether a webhook gets an event: null if it does, otherwise the reason why not.
 * Only what is known when the event is accepted counts; later edits change nothing.
 *
 * @param readPayload one `payloadReader` for all webhooks of an event, so that it is parsed once at most; without it the
 *   filter is not asked
 */
export function refusalOf(
  webhook: Pick<Webhook, "events" | "isActive" | "siteIds"> &
    Partial<Pick<Webhook, "filter" | "source" | "externalId">>,
  event: Pick<WebhookEvent, "type" | "context">,
  readPayload?: () => unknown,
): Refusal | null {
  if (!isChosen(webhook.events, event.type)) return "not_subscribed";
  if (!webhook.isActive) return "inactive";
  const { siteId } = event.context;
  const isSite = webhook.siteIds.length === 0 || (siteId !== undefined && webhook.siteIds.includes(siteId));
  if (!isSite) return "site";
  const { source = "", externalId = null } = webhook;
  if (isSentBySource({ source, externalId }, event)) return "not_taken_over";
  if (!webhook.filter || !readPayload) return null;
  return matchesFilter(webhook.filter, readPayload(), event.context) ? null : "filter";
}

/** Parses the payload when it is first needed, and only then. */
export function payloadReader({ payload }: Pick<WebhookEvent, "payload">): () => unknown {
  let parsed: unknown;
  return () => (parsed ??= JSON.parse(payload));
}

/** True if the webhook gets the event. */
export function wants(...args: Parameters<typeof refusalOf>): boolean {
  return refusalOf(...args) === null;
}

/**
 * A pattern means the first version of an event type, so that a webhook goes on getting what it was made for when there
 * is a second. Who wants the second names it, and then gets the first only if that is named too.
 */
function isChosen(patterns: readonly string[], type: string): boolean {
  if (patterns.includes(type)) return true;
  return (
    patterns.some((pattern) => matches(pattern, type)) &&
    findFirstVersion(type) === undefined &&
    !patterns.some((named) => named.startsWith(type) && findFirstVersion(named)?.type === type)
  );
}

/** What Sidehook tells about itself has to be named: `*` is everything that happens on the network. */
function matches(pattern: string, type: string): boolean {
  if (pattern === "*") return !isOwnEvent(type);
  return pattern.endsWith("*") && type.startsWith(pattern.slice(0, -1));
}

/** True for what Sidehook tells about deliveries and webhooks, such as `sidehook.webhook_held`. */
export function isOwnEvent(type: string): boolean {
  return type.startsWith("sidehook.");
}
