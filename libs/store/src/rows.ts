import type { Attempt, Webhook } from "@sidehook/delivery";
import type { WebhookEvent } from "@sidehook/events";
import type { Insertable, Selectable } from "kysely";
import type { AttemptDetail, AttemptRow, DeliveryRow, EventRow, Json, WebhookRow } from "./schema.ts";
import type { Delivery, EventSummary, StoredEvent, WebhookInput } from "./store.ts";

export function toDate(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}

export function toWebhook(row: WebhookRow): Webhook {
  return {
    id: row.id,
    name: row.name,
    url: row.url,
    events: parseJson(row.events),
    isActive: row.is_active === 1,
    isPaused: row.is_paused === 1,
    format: row.format,
    headers: parseJson(row.headers),
    siteIds: parseJson(row.site_ids),
    filter: row.filter === null ? null : parseJson(row.filter),
    retryScheduleMs: row.retry_schedule_ms === null ? null : parseJson(row.retry_schedule_ms),
    timeoutMs: row.timeout_ms,
    maxConcurrency: row.max_concurrency,
    rateLimit: row.rate_limit === null ? null : parseJson(row.rate_limit),
    isOrdered: row.is_ordered === 1,
    source: row.source,
    externalId: row.external_id,
    heldSince: toDate(row.held_since),
    disabledReason: row.disabled_reason,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  };
}

export function fromWebhookInput(input: WebhookInput) {
  return {
    name: input.name,
    url: input.url,
    events: toJson(input.events),
    is_active: input.isActive ? 1 : 0,
    format: input.format,
    headers: toJson(input.headers),
    site_ids: toJson(input.siteIds),
    filter: input.filter === null ? null : toJson(input.filter),
    retry_schedule_ms: input.retryScheduleMs === null ? null : toJson(input.retryScheduleMs),
    timeout_ms: input.timeoutMs,
    max_concurrency: input.maxConcurrency,
    rate_limit: input.rateLimit === null ? null : toJson(input.rateLimit),
    is_ordered: input.isOrdered ? 1 : 0,
    source: input.source,
    external_id: input.externalId,
  } satisfies Partial<WebhookRow>;
}

/** A text with half a surrogate pair has no bytes of its own; it becomes what would be sent. */
export function fromEvent(event: WebhookEvent, receivedAt: Date, isTest: boolean): Insertable<EventRow> {
  return {
    id: event.id,
    type: event.type,
    occurred_at: event.occurredAt,
    received_at: receivedAt.getTime(),
    site_id: event.context.siteId ?? null,
    is_test: isTest ? 1 : 0,
    context: toJson(event.context),
    payload: event.payload.toWellFormed(),
  };
}

export function toEvent(
  row: Pick<EventRow, "id" | "type" | "occurred_at" | "context" | "payload">,
): WebhookEvent {
  return {
    id: row.id,
    type: row.type,
    occurredAt: row.occurred_at,
    payload: row.payload,
    context: parseJson(row.context),
  };
}

export function toStoredEvent(row: Selectable<EventRow>): StoredEvent {
  return { ...toEvent(row), isTest: row.is_test === 1, receivedAt: new Date(row.received_at) };
}

export type EventSummaryRow = Omit<Selectable<EventRow>, "payload" | "site_id">;

export function toEventSummary(row: EventSummaryRow): EventSummary {
  return {
    id: row.id,
    type: row.type,
    occurredAt: row.occurred_at,
    context: parseJson(row.context),
    isTest: row.is_test === 1,
    receivedAt: new Date(row.received_at),
  };
}

/** A delivery with the names that stand in other tables. */
export type DeliveryListRow = Pick<
  Selectable<DeliveryRow>,
  | "id"
  | "webhook_id"
  | "event_type"
  | "site_id"
  | "state"
  | "is_test"
  | "attempt_count"
  | "due_at"
  | "created_at"
  | "finished_at"
  | "failure_class"
> & { event_id: string; webhook_name: string };

export function toDelivery(row: DeliveryListRow): Delivery {
  return {
    id: row.id,
    eventId: row.event_id,
    eventType: row.event_type,
    webhookId: row.webhook_id,
    webhookName: row.webhook_name,
    siteId: row.site_id,
    state: row.state,
    isTest: row.is_test === 1,
    attemptCount: row.attempt_count,
    nextAttemptAt: toDate(row.due_at),
    createdAt: new Date(row.created_at),
    finishedAt: toDate(row.finished_at),
    failureClass: row.failure_class,
  };
}

export function fromAttempt(attempt: Omit<Attempt, "id">, payload: string) {
  const { body, ...request } = attempt.request;
  const at = body.indexOf(payload);
  const detail: AttemptDetail = {
    phases: attempt.phases,
    response: attempt.response,
    error: attempt.error,
    request: {
      ...request,
      aroundPayload: at < 0 ? null : [body.slice(0, at), body.slice(at + payload.length)],
      body: at < 0 ? body : null,
    },
  };
  return {
    number: attempt.number,
    trigger: attempt.trigger,
    started_at: attempt.startedAt.getTime(),
    duration_ms: attempt.durationMs,
    decision: attempt.decision,
    next_attempt_at: attempt.nextAttemptAt?.getTime() ?? null,
    detail: toJson(detail),
  } satisfies Partial<Insertable<AttemptRow>>;
}

export function toAttempt(row: Selectable<AttemptRow>, payload: string): Attempt {
  const { request, ...detail } = parseJson(row.detail);
  const { aroundPayload, body, ...line } = request;
  return {
    id: row.id,
    number: row.number,
    startedAt: new Date(row.started_at),
    durationMs: row.duration_ms,
    ...detail,
    request: { ...line, body: body ?? (aroundPayload ?? []).join(payload) },
    decision: row.decision,
    nextAttemptAt: toDate(row.next_attempt_at),
    trigger: row.trigger,
  };
}

export function toJson<T>(value: T): Json<T> {
  return JSON.stringify(value);
}

export function parseJson<T>(text: Json<T>): T {
  return JSON.parse(text) as T;
}
