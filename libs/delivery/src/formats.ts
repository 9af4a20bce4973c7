import type { WebhookEvent } from "@sidehook/events";
import type { Format } from "./webhook.ts";

/** The body of a delivery and its media type. */
export interface FormattedBody {
  contentType: string;
  body: string;
}

/**
 * Builds the body a receiver gets. In every format the payload is the very text that was accepted: it is spliced in,
 * never parsed and written anew, for that would change numbers, key order and escapes.
 */
export function formatBody(event: WebhookEvent, format: Format): FormattedBody {
  return formatters[format](event);
}

const formatters: Readonly<Record<Format, (event: WebhookEvent) => FormattedBody>> = {
  compatible: (event) => ({ contentType: "application/json", body: event.payload }),
  envelope: (event) => ({ contentType: "application/json", body: envelope(event) }),
  cloudevents: (event) => ({ contentType: "application/cloudevents+json", body: cloudEvent(event) }),
};

function envelope({ type, occurredAt, payload, context }: WebhookEvent): string {
  const members = [
    `"type":${JSON.stringify(type)}`,
    `"timestamp":${JSON.stringify(occurredAt)}`,
    `"data":${payload}`,
    // Which other webhooks there are is no receiver's affair.
    `"context":${JSON.stringify({ ...context, takenOver: undefined })}`,
  ];
  return `{${members.join(",")}}`;
}

/** Structured mode of CloudEvents 1.0. Names of extensions may hold only a to z and 0 to 9. */
function cloudEvent({ id, type, occurredAt, payload, context }: WebhookEvent): string {
  const attributes = JSON.stringify({
    specversion: "1.0",
    id,
    source: context.siteUrl ?? "urn:sidehook",
    type,
    time: occurredAt,
    datacontenttype: "application/json",
    networkid: context.networkId,
    siteid: context.siteId,
    actoruserid: context.actorUserId,
    requestsource: context.source,
    requestid: context.requestId,
    requestsequence: context.sequence,
  });
  return `${attributes.slice(0, -1)},"data":${payload}}`;
}
