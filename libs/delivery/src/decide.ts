import type { Decision, FailureClass, SendResult } from "./delivery.ts";
import { classifyStatus } from "./failure.ts";
import { nextWait, parseRetryAfter, respectRetryAfter, type RetryPolicy } from "./retry.ts";

/** What a decision depends on, and nothing else. */
export interface DecisionInput {
  /** The attempt that was made, from 1. */
  attemptNumber: number;
  result: Pick<SendResult, "response" | "error">;
  policy: RetryPolicy;
  now: Date;
  /** As `Math.random`. */
  random: () => number;
}

/**
 * Decides what becomes of a delivery after an attempt.
 *
 * @example decide({ attemptNumber: 1, result, policy: { scheduleMs: defaultScheduleMs }, now, random: Math.random })
 */
export function decide({ attemptNumber, result, policy, now, random }: DecisionInput): Decision {
  const failureClass = result.error ? result.error.class : classifyStatus(result.response?.status ?? 0);
  if (failureClass === null) return { state: "delivered" };
  const waitMs = isFinal(failureClass) ? null : nextWait(policy, attemptNumber, random);
  if (waitMs === null) return { state: "failed", failureClass, isWebhookGone: failureClass === "gone" };
  const retryAfterMs = canAskToWait(failureClass)
    ? parseRetryAfter(result.response?.headers["retry-after"], now)
    : null;
  const nextAttemptAt = new Date(now.getTime() + respectRetryAfter(waitMs, retryAfterMs));
  return { state: "pending", failureClass, nextAttemptAt };
}

/** True for answers after which a webhook gets fewer attempts at once until it succeeds again. */
export function asksToSlowDown(status: number): boolean {
  return status === 429 || status === 502 || status === 503 || status === 504;
}

/** Trying again would not help: the receiver does not want it, or we may not. */
function isFinal(failureClass: FailureClass): boolean {
  return failureClass === "gone" || failureClass === "address_refused";
}

function canAskToWait(failureClass: FailureClass): boolean {
  return failureClass === "busy" || failureClass === "server_error";
}
