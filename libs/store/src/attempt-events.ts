import { isOwnEvent } from "@sidehook/delivery";
import type { OwnEvent } from "./own-events.ts";
import { hasFailed, saysGone, type Made } from "./record.ts";
import type { WebhookSnapshot } from "./webhook-cache.ts";

function failedEvents(recorded: readonly Made[], { byId }: WebhookSnapshot): OwnEvent[] {
  return recorded.filter(hasFailed).flatMap(({ record }): OwnEvent[] => {
    const { attempt, decision, eventType, webhookId } = record;
    const webhook = byId.get(webhookId);
    // What failed to tell of a failure is not told again, or two broken webhooks would talk for ever.
    if (!webhook || attempt.trigger === "test" || isOwnEvent(eventType)) return [];
    const facts = {
      delivery_id: record.deliveryId,
      event_type: eventType,
      attempts: attempt.number,
      status: attempt.response?.status ?? null,
    };
    const reason = decision.state === "failed" ? decision.failureClass : null;
    return [{ type: "sidehook.delivery_failed", webhook, reason, facts }];
  });
}

/** One for each webhook that was active until now, however many of its receiver's answers say the same. */
function goneEvents(recorded: readonly Made[], { byId }: WebhookSnapshot): OwnEvent[] {
  const gone = new Map(recorded.filter(saysGone).map(({ record }) => [record.webhookId, record]));
  return [...gone].flatMap(([webhookId, record]): OwnEvent[] => {
    const webhook = byId.get(webhookId);
    const facts = { delivery_id: record.deliveryId };
    return webhook?.isActive ? [{ type: "sidehook.webhook_gone", webhook, reason: "gone", facts }] : [];
  });
}

/** What attempts have to tell besides their records: deliveries that ended badly, receivers that want no more. */
export function eventsOfAttempts(recorded: readonly Made[], snapshot: WebhookSnapshot): OwnEvent[] {
  return [...failedEvents(recorded, snapshot), ...goneEvents(recorded, snapshot)];
}
