import type {
  Attempt,
  DeliveryRequest,
  DeliveryState,
  FailureClass,
  Filter,
  Format,
  RateLimit,
  Trigger,
} from "@sidehook/delivery";
import type { EventContext } from "@sidehook/events";
import type { Generated } from "kysely";
import type { ReplayFilter, ReplayState } from "./replay.ts";
import type { Bin, BinRequest } from "./store.ts";

/** JSON text of a `T`, made by `toJson` only. */
export type Json<T> = string & { readonly json?: T };

/**
 * The tables as the queries see them. Times are unix milliseconds, truth values 0 or 1, lists and objects JSON text.
 * `seq` numbers the rows of a table in the order they were written.
 */
export interface Schema {
  meta: { name: string; value: number };
  events: EventRow;
  webhooks: WebhookRow;
  webhook_secrets: SecretRow;
  webhook_health: HealthRow;
  webhook_hours: HourRow;
  webhook_durations: DurationRow;
  rate_slots: RateSlotRow;
  deliveries: DeliveryRow;
  /** Those that are being sent; a view. */
  sending: Pick<DeliveryRow, "seq" | "webhook_id" | "is_test" | "lease_until" | "created_at">;
  attempts: AttemptRow;
  bins: BinRow;
  bin_requests: BinRequestRow;
  tokens: TokenRow;
  sessions: SessionRow;
  replays: ReplayRow;
  event_subjects: { seq: Generated<number>; event_seq: number; subject: string };
  muted_issues: { webhook_id: string; failure_class: FailureClass; muted_at: number };
  used_values: { value_hash: string; expires_at: number };
}

export interface EventRow {
  seq: Generated<number>;
  id: string;
  type: string;
  occurred_at: string;
  received_at: number;
  site_id: number | null;
  is_test: number;
  context: Json<EventContext>;
  payload: string;
}

export interface WebhookRow {
  id: string;
  name: string;
  url: string;
  events: Json<readonly string[]>;
  is_active: number;
  is_paused: number;
  format: Format;
  headers: Json<Readonly<Record<string, string>>>;
  site_ids: Json<readonly number[]>;
  filter: Json<Filter> | null;
  retry_schedule_ms: Json<readonly number[]> | null;
  timeout_ms: number | null;
  max_concurrency: number | null;
  rate_limit: Json<RateLimit> | null;
  is_ordered: number;
  held_since: number | null;
  source: string;
  external_id: string | null;
  disabled_reason: string | null;
  created_at: number;
  updated_at: number;
  /** The row stays as long as deliveries name it. */
  deleted_at: number | null;
}

export interface SecretRow {
  seq: Generated<number>;
  webhook_id: string;
  secret: string;
  created_at: number;
  /** Null: the present one. */
  expires_at: number | null;
}

export interface HealthRow {
  webhook_id: string;
  last_success_at: number | null;
  last_failure_at: number | null;
  failing_since: number | null;
  /** Attempts that failed since then. */
  failures: number;
  /** While held: when the next probe may go out. Afterwards: when more of the backlog may go. */
  probe_at: number | null;
  /** Probes that failed. */
  probes: number;
  /** Of the newest attempt that failed. */
  last_failure_class: FailureClass | null;
}

/** One request of a rate-limited webhook, as many rows as the limit allows in its period. */
export interface RateSlotRow {
  webhook_id: string;
  slot: number;
  /** When the slot may be used again: one period after the answer to the request that used it last. */
  free_at: number;
  /** The delivery that used it last. */
  delivery_seq: number | null;
}

/** How many deliveries ended in each hour. */
export interface HourRow {
  webhook_id: string;
  hour_at: number;
  delivered: number;
  failed: number;
}

/** Attempts that began in an hour and took about as long: at most ten to the power of a tenth of `step`, in milliseconds. */
export interface DurationRow {
  webhook_id: string;
  hour_at: number;
  step: number;
  attempts: number;
}

export interface DeliveryRow {
  seq: Generated<number>;
  id: string;
  event_seq: number;
  webhook_id: string;
  event_type: string;
  site_id: number | null;
  is_test: Generated<number>;
  /** For people it is read by `shownState`. */
  state: Generated<DeliveryState>;
  lane: Generated<number>;
  /** When the next attempt is due; null once finished. */
  due_at: number | null;
  /** What starts the next attempt. */
  next_trigger: Generated<Trigger>;
  attempt_count: Generated<number>;
  /** Those before the last replay, from which on the retry schedule counts. */
  attempts_before: Generated<number>;
  failure_class: FailureClass | null;
  /** Of the last claim; it holds while there is a lease. */
  claim_token: string | null;
  /** Null unless it is being sent. */
  lease_until: number | null;
  created_at: number;
  finished_at: number | null;
}

export interface AttemptRow {
  seq: Generated<number>;
  id: string;
  delivery_seq: number;
  webhook_id: string;
  number: number;
  trigger: Trigger;
  started_at: number;
  duration_ms: number;
  decision: "delivered" | "pending" | "failed";
  next_attempt_at: number | null;
  detail: Json<AttemptDetail>;
}

/**
 * What of an attempt is kept as JSON. The body of the request is kept as what stands before and after the payload,
 * since a copy of the payload for each attempt would make the log many times as large.
 */
export interface AttemptDetail extends Pick<Attempt, "phases" | "response" | "error"> {
  request: Omit<DeliveryRequest, "body"> & { aroundPayload: [string, string] | null; body: string | null };
}

export interface BinRow {
  id: string;
  name: string;
  answer: Json<Bin["answer"]>;
  created_at: number;
}

export interface BinRequestRow {
  seq: Generated<number>;
  id: string;
  bin_id: string;
  received_at: number;
  request: Json<Omit<BinRequest, "id" | "receivedAt">>;
}

export interface ReplayRow {
  id: string;
  filter: Json<ReplayFilter>;
  state: ReplayState;
  planned: number;
  done: number;
  failed: number;
  /** How often it has gone on: whoever takes the next turn must find this number. */
  turn: number;
  /** Time and row number of the last row that was looked at. */
  cursor_at: number;
  cursor_seq: number;
  /** Rows with a higher number were written after the replay was made. */
  end_seq: number;
  created_at: number;
  touched_at: number;
  finished_at: number | null;
}

export interface TokenRow {
  id: string;
  name: string;
  value_hash: string;
  scopes: Json<readonly string[]>;
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
}

export interface SessionRow {
  id: string;
  value_hash: string;
  signed_in_by: string;
  csrf_token: string;
  created_at: number;
  expires_at: number;
}

/**
 * What waits is taken lane by lane: tests, which go even when their webhook is paused, then first attempts, then
 * whatever is tried again. What waits for a receiver that has failed too long is `held`, all but its probes. An
 * `ordered` webhook has a lane of its own, in which only the first delivery may go.
 */
export const lanes = { test: 0, first: 1, again: 2, held: 3, ordered: 4 } as const;
export const allLanes = { from: lanes.test, to: lanes.ordered } as const;
