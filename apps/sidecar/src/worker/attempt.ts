import {
  buildRequest,
  decide,
  maskRequest,
  type ClaimedDelivery,
  type Decision,
  type SendResult,
} from "@sidehook/delivery";
import { version } from "../version.ts";
import type { WorkerOptions } from "./worker.ts";

/**
 * Makes one attempt and records it with what it decides. Replays, test events and retries all come through here.
 * `note` hears of the outcome before it is recorded.
 *
 * @throws whatever the store throws when the attempt could not be recorded: the claim then runs out and is rescued
 */
export async function attemptDelivery(
  delivery: ClaimedDelivery,
  options: WorkerOptions,
  note: (result: SendResult) => void,
): Promise<void> {
  const { sender, config, now, random } = options;
  const timestampSeconds = Math.floor(now().getTime() / 1000);
  const request = buildRequest(delivery, { timestampSeconds, version });
  const result = await sender.send(request, { timeoutMs: delivery.webhook.timeoutMs ?? config.timeoutMs });
  note(result);
  const decision = decide({
    attemptNumber: delivery.attemptNumber,
    result,
    policy: { scheduleMs: scheduleOf(delivery, config) },
    now: now(),
    random,
  });
  await record(delivery, { result, decision, request: maskRequest(request, delivery.webhook) }, options);
}

/** Somebody waits for the outcome of a test event; a retry hours later would only puzzle. */
function scheduleOf(
  { trigger, webhook }: ClaimedDelivery,
  config: WorkerOptions["config"],
): readonly number[] {
  return trigger === "test" ? [] : (webhook.retryScheduleMs ?? config.retryScheduleMs);
}

async function record(
  delivery: ClaimedDelivery,
  {
    result,
    decision,
    request,
  }: { result: SendResult; decision: Decision; request: ReturnType<typeof maskRequest> },
  { store, log, now }: WorkerOptions,
): Promise<void> {
  const nextAttemptAt = decision.state === "pending" ? decision.nextAttemptAt : null;
  const { lost } = await store.recordAttempts(
    [
      {
        deliveryId: delivery.id,
        webhookId: delivery.webhook.id,
        claimToken: delivery.claimToken,
        decision,
        attempt: {
          number: delivery.attemptNumber,
          startedAt: result.startedAt,
          durationMs: result.durationMs,
          phases: result.phases,
          request,
          response: result.response,
          error: result.error,
          decision: decision.state,
          nextAttemptAt,
          trigger: delivery.trigger,
        },
      },
    ],
    now(),
  );
  log[lost.length > 0 ? "warn" : "info"](
    {
      deliveryId: delivery.id,
      eventId: delivery.event.id,
      eventType: delivery.event.type,
      webhookId: delivery.webhook.id,
      attempt: delivery.attemptNumber,
      trigger: delivery.trigger,
      status: result.response?.status ?? null,
      failure: decision.state === "delivered" ? null : decision.failureClass,
      durationMs: Math.round(result.durationMs),
      decision: decision.state,
      nextAttemptAt,
      isRecorded: lost.length === 0,
    },
    "delivery.attempted",
  );
}
