import type { WebhookEvent } from "@sidehook/events";
import type { Webhook } from "./webhook.ts";

export const deliveryStates = ["pending", "sending", "delivered", "failed", "cancelled"] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** What started an attempt: the schedule, a person's replay, or a test event. */
export type Trigger = "automatic" | "replay" | "test";

/** One class for each kind of failure; each has a sentence and a hint in `failure.ts`. */
export const failureClasses = [
  "redirect",
  "gone",
  "busy",
  "server_error",
  "rejected",
  "dns",
  "connect",
  "tls",
  "reset",
  "timeout",
  "protocol",
  "address_refused",
] as const;
export type FailureClass = (typeof failureClasses)[number];

/** A claimed delivery with everything an attempt needs. */
export interface ClaimedDelivery {
  id: string;
  event: WebhookEvent;
  webhook: Webhook;
  /** Every secret that signs now, the newest first. */
  secrets: readonly string[];
  /** Number of the attempt about to be made, from 1. */
  attemptNumber: number;
  /** The same, counted from the last replay, which begins the retry schedule anew. */
  attemptOfSchedule: number;
  trigger: Trigger;
  /** Guards the recording: whoever claims later has another. */
  claimToken: string;
}

/** The request of one attempt, exactly as it is sent. */
export interface DeliveryRequest {
  method: "POST";
  /** Without credentials. */
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** What came back. The body is cut at 16 KiB. */
export interface DeliveryResponse {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** Milliseconds spent in each phase; null for a phase that was not reached, or not needed on a kept-alive connection. */
export interface Phases {
  dns: number | null;
  connect: number | null;
  tls: number | null;
  firstByte: number | null;
  body: number | null;
}

/** What `sendRequest` found out. A failed delivery is a value, never an exception. */
export type SendResult = {
  startedAt: Date;
  durationMs: number;
  phases: Phases;
} & (
  | { response: DeliveryResponse; error: null }
  | { response: null; error: { class: FailureClass; message: string } }
);

/** What becomes of a delivery after an attempt. */
export type Decision =
  | { state: "delivered" }
  | { state: "pending"; failureClass: FailureClass; nextAttemptAt: Date }
  | { state: "failed"; failureClass: FailureClass; isWebhookGone: boolean };

/** One HTTP request of a delivery, as it is kept in the log. */
export interface Attempt {
  id: string;
  /** From 1. */
  number: number;
  startedAt: Date;
  durationMs: number;
  phases: Phases;
  /** Credentials and the values of the webhook's own headers are masked. */
  request: DeliveryRequest;
  response: DeliveryResponse | null;
  error: { class: FailureClass; message: string } | null;
  decision: Decision["state"];
  nextAttemptAt: Date | null;
  trigger: Trigger;
}
