import type { WebhookEvent } from "@sidehook/events";
import type { Webhook } from "./webhook.ts";

/** `source` of webhooks that are mirrored from Ultimate Multisite; their `externalId` is `<network>:<number there>`. */
export const ultimateMultisite = "ultimate-multisite";

/**
 * True if Ultimate Multisite has sent an event to this webhook itself.
 *
 * Who sends is decided in WordPress, once for each event and webhook, and the event says so wherever it waits: a
 * switch from one sender to the other can neither double nor lose what is under way at that moment.
 */
export function isSentBySource(
  { source, externalId }: Pick<Webhook, "source" | "externalId">,
  { context }: Pick<WebhookEvent, "context">,
): boolean {
  if (source !== ultimateMultisite || externalId === null) return false;
  const [networkId, id = NaN] = externalId.split(":").map(Number);
  return context.networkId !== networkId || !context.takenOver?.includes(id);
}
