import { buildRequest, type DeliveryRequest, type SendResult, type Webhook } from "@sidehook/delivery";
import type { DeliveryDetail } from "@sidehook/store";
import type { Services } from "../services.ts";
import { version } from "../version.ts";
import { createWorkerSender } from "../worker/sender.ts";

/**
 * The request of a delivery as it would be sent now: signed with the present secrets and the present time. It holds
 * what is masked in the log, so it is for those only who may see the secret.
 *
 * @throws NotFoundError if the webhook has been deleted
 */
export async function buildByHand(
  { store, now }: Pick<Services, "store" | "now">,
  delivery: DeliveryDetail,
): Promise<DeliveryRequest> {
  return build({ store, now }, delivery, await store.getWebhook(delivery.webhookId));
}

/**
 * Sends a delivery once to another URL, as a worker would, past the same guard of addresses; nothing of it is recorded.
 * The credentials and the webhook's own headers stay at home: they are for its own receiver.
 *
 * @throws NotFoundError if the webhook has been deleted
 */
export async function sendElsewhere(
  { store, now, config, publicUrl }: Pick<Services, "store" | "now" | "config" | "publicUrl">,
  delivery: DeliveryDetail,
  url: string,
): Promise<{ request: DeliveryRequest; result: SendResult }> {
  const webhook = { ...(await store.getWebhook(delivery.webhookId)), url, headers: {} };
  const request = await build({ store, now }, delivery, webhook);
  const sender = createWorkerSender(config, publicUrl);
  try {
    return { request, result: await sender.send(request, { timeoutMs: webhook.timeoutMs }) };
  } finally {
    await sender.close();
  }
}

async function build(
  { store, now }: Pick<Services, "store" | "now">,
  { id, eventId, eventType, event, isTest, attemptCount }: DeliveryDetail,
  webhook: Webhook,
): Promise<DeliveryRequest> {
  const claimed = {
    id,
    event: { id: eventId, type: eventType, ...event },
    webhook,
    secrets: await store.listSecrets(webhook.id, now()),
    attemptNumber: Math.max(1, attemptCount),
    attemptOfSchedule: Math.max(1, attemptCount),
    trigger: isTest ? ("test" as const) : ("replay" as const),
    claimToken: "",
  };
  return buildRequest(claimed, { timestampSeconds: Math.floor(now().getTime() / 1000), version });
}
