import { buildRequest, decide, maskRequest, type ClaimedDelivery, type SendResult } from "@sidehook/delivery";
import type { AttemptRecord } from "@sidehook/store";
import type { Logger } from "../log.ts";
import { version } from "../version.ts";
import type { WorkerOptions } from "./worker.ts";

/**
 * Makes one attempt and says what is to be recorded of it. Replays, test events and retries all come through here.
 * `note` hears of the outcome.
 *
 * @throws what kept the request from being sent: a fault of our own, so that nothing is recorded and the claim runs out
 */
export async function attemptDelivery(
  delivery: ClaimedDelivery,
  { sender, config, now, random }: Pick<WorkerOptions, "sender" | "config" | "now" | "random">,
  note: (result: SendResult) => void,
): Promise<AttemptRecord> {
  const { webhook, attemptNumber, attemptOfSchedule, trigger } = delivery;
  const timestampSeconds = Math.floor(now().getTime() / 1000);
  const request = buildRequest(delivery, { timestampSeconds, version });
  const result = await sender.send(request, { timeoutMs: webhook.timeoutMs ?? config.timeoutMs });
  note(result);
  const policy = { scheduleMs: scheduleOf(delivery, config) };
  const decision = decide({ attemptNumber: attemptOfSchedule, result, policy, now: now(), random });
  return {
    deliveryId: delivery.id,
    webhookId: webhook.id,
    claimToken: delivery.claimToken,
    eventType: delivery.event.type,
    payload: delivery.event.payload,
    decision,
    attempt: {
      number: attemptNumber,
      startedAt: result.startedAt,
      durationMs: result.durationMs,
      phases: result.phases,
      request: maskRequest(request, webhook),
      response: result.response,
      error: result.error,
      decision: decision.state,
      nextAttemptAt: decision.state === "pending" ? decision.nextAttemptAt : null,
      trigger,
    },
  };
}

/** Somebody waits for the outcome of a test event; a retry hours later would only puzzle. */
function scheduleOf(
  { trigger, webhook }: ClaimedDelivery,
  config: WorkerOptions["config"],
): readonly number[] {
  return trigger === "test" ? [] : (webhook.retryScheduleMs ?? config.retryScheduleMs);
}

/** The one line that tells of an attempt. */
export function logAttempt(
  log: Logger,
  { event }: ClaimedDelivery,
  { record, isRecorded }: { record: AttemptRecord; isRecorded: boolean },
): void {
  const { attempt, decision } = record;
  log[isRecorded ? "info" : "warn"](
    {
      deliveryId: record.deliveryId,
      eventId: event.id,
      eventType: event.type,
      webhookId: record.webhookId,
      attempt: attempt.number,
      trigger: attempt.trigger,
      status: attempt.response?.status ?? null,
      failure: decision.state === "delivered" ? null : decision.failureClass,
      durationMs: Math.round(attempt.durationMs),
      decision: decision.state,
      nextAttemptAt: attempt.nextAttemptAt,
      isRecorded,
    },
    "delivery.attempted",
  );
}
