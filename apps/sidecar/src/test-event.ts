import { findEventType } from "@sidehook/events";
import type { Webhook } from "@sidehook/delivery";
import type { DeliveryDetail } from "@sidehook/store";
import { ProblemError } from "./api/problem.ts";
import type { Services } from "./services.ts";

const pollMs = 25;
const marginMs = 5000;

/**
 * Sends the sample of an event type to one webhook by the ordinary path and waits for the first attempt.
 *
 * @throws ProblemError 404 for a type without a sample, 503 if no attempt was made in time
 */
export async function sendTestEvent(
  services: Services,
  webhook: Webhook,
  type: string,
): Promise<DeliveryDetail> {
  const { store, newId, now, config } = services;
  const eventType = findEventType(type);
  if (!eventType)
    throw new ProblemError(404, `The catalog has no event type ${type}, so there is no sample to send.`);
  const time = now();
  const event = {
    id: newId("evt"),
    type,
    occurredAt: time.toISOString(),
    payload: JSON.stringify(eventType.sample),
    context: { source: "test" },
  };
  const { deliveryId } = await store.ingestTestEvent(event, webhook.id, time);
  const waitMs = (webhook.timeoutMs ?? config.timeoutMs) + marginMs;
  return waitForAttempt(services, deliveryId, time.getTime() + waitMs);
}

/** The attempt may be made by another thread or process, so its record in the store is what is waited for. */
async function waitForAttempt(
  { store, now }: Services,
  deliveryId: string,
  deadline: number,
): Promise<DeliveryDetail> {
  for (;;) {
    const delivery = await store.getDelivery(deliveryId);
    if (delivery.attempts.length > 0) return delivery;
    if (now().getTime() > deadline) {
      throw new ProblemError(503, "No attempt was made in time: is a worker running?");
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** The event type a test is made with when none was chosen: the first of the catalog that the webhook wants. */
export function defaultTestType(webhook: Pick<Webhook, "events">): string {
  const [first = "*"] = webhook.events;
  return findEventType(first) ? first : "payment_received";
}
