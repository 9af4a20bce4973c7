import { failureTexts, type Webhook } from "@sidehook/delivery";
import type {
  Bin,
  Delivery,
  DeliveryDetail,
  EventOutcome,
  EventSummary,
  StoredEvent,
  WebhookHealth,
} from "@sidehook/store";

/** What is kept, in the words and shapes of the API. Dates become RFC 3339 by themselves. */
export function webhookJson(webhook: Webhook, health: WebhookHealth | undefined) {
  const { isActive, isPaused, isOrdered, retryScheduleMs, timeoutMs, url, ...rest } = webhook;
  return {
    ...rest,
    url: withoutPassword(url),
    active: isActive,
    paused: isPaused,
    ordered: isOrdered,
    retrySchedule: retryScheduleMs?.map(durationText) ?? null,
    timeout: timeoutMs === null ? null : durationText(timeoutMs),
    ...(health ? { health } : {}),
  };
}

const units = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
] as const;

/** Writes milliseconds as they may be given: `90m`, `5s`, `1500ms`. */
export function durationText(ms: number): string {
  const unit = units.find(([, size]) => ms >= size && ms % size === 0);
  return unit ? `${ms / unit[1]}${unit[0]}` : `${ms}ms`;
}

/** Credentials of a URL are never shown; who reads the webhook back must be able to tell that there are some. */
export function withoutPassword(url: string): string {
  const parsed = URL.parse(url);
  if (!parsed || (parsed.username === "" && parsed.password === "")) return url;
  parsed.username = "***";
  parsed.password = "***";
  return parsed.href;
}

export function eventSummaryJson({ isTest, ...event }: EventSummary) {
  return { ...event, test: isTest };
}

export function eventJson({ isTest, ...event }: StoredEvent) {
  return { ...event, test: isTest };
}

/** The state of a delivery is told by the delivery. */
export function outcomeJson({ webhookId, webhookName, deliveryId, reason }: EventOutcome) {
  return { webhookId, webhookName, deliveryId, reason };
}

export function deliveryJson({ failureClass, isTest, ...delivery }: Delivery) {
  return {
    ...delivery,
    test: isTest,
    failure: failureClass === null ? null : { class: failureClass, ...failureTexts[failureClass] },
  };
}

export function deliveryDetailJson({ attempts, event, ...delivery }: DeliveryDetail) {
  return { ...deliveryJson(delivery), event, attempts };
}

export function binJson(bin: Bin, publicUrl: string) {
  return { ...bin, url: binUrl(bin, publicUrl) };
}

export function binUrl({ id }: Pick<Bin, "id">, publicUrl: string): string {
  return `${publicUrl}/bin/${id}`;
}
