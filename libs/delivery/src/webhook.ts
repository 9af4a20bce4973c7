import type { WebhookEvent } from "@sidehook/events";

export type Format = "compatible" | "envelope" | "cloudevents";

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
  /** Waits before each retry in milliseconds; null: the service's schedule. */
  retryScheduleMs: readonly number[] | null;
  /** For the whole attempt; null: the service's. */
  timeoutMs: number | null;
  /** Attempts in flight at once; null: the service's. */
  maxConcurrency: number | null;
  /** Who made it: `manual`, `api`, `zapier`, `ultimate-multisite` … */
  source: string;
  externalId: string | null;
  /** Why it was switched off by the service, such as `gone` after a 410; null otherwise. */
  disabledReason: string | null;
  createdAt: Date;
  updatedAt: Date;
}

/** Why a webhook did not get an event. */
export type Refusal = "not_subscribed" | "inactive" | "site";

/**
 * Decides whether a webhook gets an event: null if it does, otherwise the reason why not.
 * Only what is known when the event is accepted counts; later edits change nothing.
 */
export function refusalOf(
  webhook: Pick<Webhook, "events" | "isActive" | "siteIds">,
  event: Pick<WebhookEvent, "type" | "context">,
): Refusal | null {
  if (!webhook.events.some((pattern) => matches(pattern, event.type))) return "not_subscribed";
  if (!webhook.isActive) return "inactive";
  if (webhook.siteIds.length === 0) return null;
  const { siteId } = event.context;
  return siteId !== undefined && webhook.siteIds.includes(siteId) ? null : "site";
}

/** True if the webhook gets the event. */
export function wants(...args: Parameters<typeof refusalOf>): boolean {
  return refusalOf(...args) === null;
}

function matches(pattern: string, type: string): boolean {
  return pattern.endsWith("*") ? type.startsWith(pattern.slice(0, -1)) : pattern === type;
}
