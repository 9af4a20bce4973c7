import { eventGroup, ofSidehook, type Entry } from "./event-type.ts";
import { field, nullable, record, text, time, whole, type Field } from "./field.ts";

const webhook = [
  text("webhook_id", "Id of the webhook.", "wh_019aa5b2-7c11-7e3a-9d55-2f60b1c4a8e1"),
  text("webhook_name", "Name of the webhook.", "CRM"),
];

/** The classes of failure, as deliveries show them. */
const failureClasses = [
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
];

function reason(description: string, example: string): Field {
  return text("reason", description, example, { ...nullable, knownValues: failureClasses });
}

/** A recovery has no reason, but the field is there in all that tell of webhooks. */
const noReason = field(
  {
    name: "reason",
    types: [],
    canonicalType: "string",
    description: "Always null: there is nothing to explain.",
    example: null,
  },
  nullable,
);

const deliveryId = text("delivery_id", "Id of the delivery.", "dlv_019aa5b2-8d20-7b1f-8c3e-5a7719d0e2f4");
const waiting = whole("waiting", "Deliveries that wait for its receiver; counted up to 10,000.", 12);

/** So that nobody is told of trouble in the middle of what happens on the network without having asked. */
const mustBeNamed = "A webhook gets it only if it names it: `*` is what happens on the network.";

/** What Sidehook tells of itself: the sidecar of webhooks and deliveries, the bridge of its outbox. */
export const webhooks = eventGroup(
  "webhooks",
  "Webhooks and Deliveries",
  [
    {
      ...ofSidehook,
      type: "sidehook.webhook_held",
      name: "Webhook Held",
      description:
        "The receiver of a webhook has failed for a day. Its deliveries wait from now on instead of failing, and one goes out now and then to see whether the receiver is back.",
      fields: [
        ...webhook,
        reason("Why the last attempt failed.", "timeout"),
        time(
          "failing_since",
          "When the first of these attempts failed",
          "2026-11-20T10:00:00.000Z",
          nullable,
        ),
        whole("failed_attempts", "How many attempts have failed since.", 12),
        waiting,
      ],
    },
    {
      ...ofSidehook,
      type: "sidehook.webhook_recovered",
      name: "Webhook Recovered",
      description: "The receiver of a held webhook is back, and what waited for it is being delivered.",
      fields: [
        ...webhook,
        noReason,
        time("held_since", "Since when its deliveries have waited", "2026-11-21T10:00:00.000Z"),
        whole("probes", "How often it was tried in vain meanwhile.", 5),
        waiting,
      ],
    },
    {
      ...ofSidehook,
      type: "sidehook.webhook_gone",
      name: "Webhook Gone",
      description: "A receiver answered 410 Gone: it wants nothing more, and its webhook was switched off.",
      fields: [...webhook, reason("Why it was switched off.", "gone"), deliveryId],
    },
    {
      ...ofSidehook,
      type: "sidehook.delivery_failed",
      name: "Delivery Failed",
      description:
        "A delivery has failed for good: no attempt is left, or none makes sense. Not told of deliveries of these events themselves.",
      fields: [
        ...webhook,
        reason("Why the last attempt failed.", "server_error"),
        deliveryId,
        text("event_type", "What the delivery was about.", "payment_received"),
        whole("attempts", "How many attempts were made.", 10),
        whole("status", "Status of the last answer; null if there was none.", 500, nullable),
      ],
    },
    {
      ...ofSidehook,
      type: "sidehook.outbox_full",
      name: "Outbox Full",
      description:
        "So many events wait in WordPress's database for Sidehook that from now on some, or all, are no longer recorded. Told again when more of them are not.",
      fields: [
        whole("waiting", "Events that wait in the outbox.", 160000),
        whole("bytes", "Bytes of their payloads.", 288000000),
        whole("max_waiting", "How many events may wait.", 200000),
        whole("max_bytes", "How many bytes their payloads may have.", 1073741824),
        text(
          "stopped",
          "Which events are no longer recorded: those that can be done without, all but payments, memberships, customers and orders, or all.",
          "dispensable",
          {
            knownValues: ["dispensable", "all but vital", "all"],
          },
        ),
      ],
    },
    {
      ...ofSidehook,
      type: "sidehook.events_lost",
      name: "Events Lost",
      description: "There is room in the outbox again. Tells what was not recorded while it was full.",
      fields: [
        whole("count", "How many events were not recorded.", 12),
        record("events", "Event types, and how many of each were not recorded.", {
          wp_login: 9,
          wp_post_updated: 3,
        }),
        time("since", "Since when not everything was recorded", "2026-11-21T10:00:00Z"),
      ],
    },
  ].map((entry): Entry => ({ ...entry, description: `${entry.description} ${mustBeNamed}` })),
);
