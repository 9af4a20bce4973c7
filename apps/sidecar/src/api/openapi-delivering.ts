// What the API answers about webhooks, events and deliveries. The types of the code say the same; a test compares every
// answer with these.
import { z } from "zod";
import { deliveryStates, failureClasses } from "@sidehook/delivery";

export const time = z.string().meta({ format: "date-time" });
const timeOrNull = time.nullable();
export const texts = z.record(z.string(), z.string());

export const webhookHealth = z.object({
  state: z.enum(["healthy", "failing", "held", "paused", "disabled"]),
  lastSuccessAt: timeOrNull,
  lastFailureAt: timeOrNull,
  failingSince: timeOrNull.describe("Start of the present run of failures."),
  pending: z.int().describe("Deliveries that wait or are being sent; counted up to 10,000."),
  delivered24h: z.int(),
  failed24h: z.int(),
  p95Ms: z
    .number()
    .nullable()
    .describe("Of its attempts of the last 24 hours, to within an eighth; null without any."),
});

export const webhook = z.object({
  id: z.string().meta({ example: "wh_019aa5b2-7c11-7e3a-9d55-2f60b1c4a8e1" }),
  name: z.string().describe("For people."),
  url: z
    .string()
    .describe("Where it is delivered to. Credentials in it become Basic auth and are never shown."),
  events: z.array(z.string()).describe("Event types, prefixes such as `payment_*`, or `*`."),
  active: z.boolean().describe("An inactive webhook gets no deliveries."),
  paused: z.boolean().describe("A paused webhook gets deliveries and sends none."),
  format: z
    .enum(["compatible", "envelope", "cloudevents"])
    .describe("Of the body: the payload alone, in an envelope, or as a CloudEvent."),
  headers: texts.describe("Headers of its own, added to each request."),
  siteIds: z.array(z.int()).describe("Sites whose events it gets; empty: the whole network."),
  filter: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe('What payload and context must hold, such as `{"payment_status": ["completed"]}`.'),
  retrySchedule: z
    .array(z.string())
    .nullable()
    .describe("Waits before each retry; null: those of the service."),
  timeout: z.string().nullable().describe("Of an attempt, such as `15s`; null: that of the service."),
  maxConcurrency: z.int().nullable().describe("Attempts at the same time; null: as the service allows."),
  rateLimit: z
    .object({ limit: z.int(), per: z.enum(["second", "minute", "hour"]) })
    .nullable()
    .describe("No period of that length holds more requests; null: no limit."),
  ordered: z.boolean().describe("One delivery at a time, in the order in which the events were accepted."),
  source: z.string().describe("Who made it: `manual`, `api`, `zapier`, `ultimate-multisite` …"),
  externalId: z.string().nullable().describe("Its name in the system it comes from."),
  heldSince: timeOrNull.describe("Since when its deliveries wait because its receiver fails too long."),
  disabledReason: z.string().nullable().describe("Why the service has switched it off, such as `gone`."),
  createdAt: time,
  updatedAt: time,
  health: webhookHealth,
});

/** The secret is told once. */
export const madeWebhook = webhook.extend({
  secret: z.string().describe("Signs its deliveries; told only now."),
});

export const secret = z.object({ secret: z.string().meta({ example: "whsec_…" }) });

export const eventContext = z
  .object({
    networkId: z.int(),
    siteId: z.int(),
    siteUrl: z.string(),
    actorUserId: z.int(),
    source: z.string(),
    requestId: z.string(),
    sequence: z.int(),
    takenOver: z
      .array(z.int())
      .describe("Webhooks of Ultimate Multisite, by their numbers there, that it leaves this event to."),
  })
  .partial()
  .describe("Where and by whom it happened, as far as the sender knew.");

export const newEvent = z.object({
  id: z
    .string()
    .optional()
    .describe("1 to 64 characters of `[A-Za-z0-9_-]`; the same id again is a duplicate."),
  type: z.string().describe("1 to 64 characters of `[a-z0-9_.]`; it need not be in the catalog."),
  occurredAt: time.optional().describe("In UTC; left out: now."),
  payload: z
    .union([z.record(z.string(), z.unknown()), z.string()])
    .describe("A JSON object, or the text of one, which is delivered byte for byte; at most 256 KiB."),
  context: eventContext.optional(),
});

export const eventSummary = z.object({
  id: z.string(),
  type: z.string(),
  occurredAt: time,
  context: eventContext,
  receivedAt: time,
  test: z.boolean().describe("Sent by somebody to try a webhook out."),
});

export const event = eventSummary.extend({
  payload: z.string().describe("JSON, as it came and as it is delivered."),
  webhooks: z
    .array(
      z.object({
        webhookId: z.string(),
        webhookName: z.string(),
        deliveryId: z.string().nullable(),
        reason: z
          .enum(["not_subscribed", "inactive", "site", "not_taken_over", "filter"])
          .nullable()
          .describe("Why the webhook, as it is now, would not get it."),
      }),
    )
    .describe("For each webhook its delivery, or why it has none."),
});

export const delivery = z.object({
  id: z.string(),
  eventId: z.string(),
  eventType: z.string(),
  webhookId: z.string(),
  webhookName: z.string(),
  siteId: z.int().nullable(),
  state: z.enum(deliveryStates),
  attemptCount: z.int(),
  nextAttemptAt: timeOrNull.describe("Null once it has ended."),
  createdAt: time,
  finishedAt: timeOrNull,
  test: z.boolean(),
  failure: z
    .object({ class: z.enum(failureClasses), summary: z.string(), hint: z.string() })
    .nullable()
    .describe("Of the last attempt: what went wrong, and what to do."),
});

const milliseconds = z.number().nullable();

export const attempt = z.object({
  id: z.string(),
  number: z.int().describe("From 1."),
  startedAt: time,
  durationMs: z.number(),
  phases: z
    .object({
      dns: milliseconds,
      connect: milliseconds,
      tls: milliseconds,
      firstByte: milliseconds,
      body: milliseconds,
    })
    .describe("Milliseconds; null for what was not reached or not needed."),
  request: z
    .object({ method: z.literal("POST"), url: z.string(), headers: texts, body: z.string() })
    .describe("As it was sent; credentials and the webhook's own headers are masked."),
  response: z
    .object({ status: z.int(), headers: texts, body: z.string() })
    .nullable()
    .describe("Null if none came. The body is cut at 16 KiB."),
  error: z.object({ class: z.enum(failureClasses), message: z.string() }).nullable(),
  decision: z.enum(["delivered", "pending", "failed"]),
  nextAttemptAt: timeOrNull,
  trigger: z.enum(["automatic", "replay", "test"]),
});

export const deliveryDetail = delivery.extend({
  event: z.object({ payload: z.string(), occurredAt: time, context: eventContext }),
  attempts: z.array(attempt),
});

export const ingestResults = z.object({
  results: z
    .array(
      z.object({
        id: z.string().nullable(),
        status: z.enum(["accepted", "duplicate", "rejected"]),
        problems: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
      }),
    )
    .describe("One for each event, in their order."),
  wanted: z.array(z.string()).optional().describe("For the bridge: what webhooks want now."),
});

const replayFilter = z.object({
  webhookId: z.string().optional(),
  eventType: z.string().optional(),
  state: z.enum(deliveryStates).optional(),
  failureClass: z.enum(failureClasses).optional(),
  siteId: z.int().optional(),
  since: time.optional(),
  until: time.optional(),
  missing: z.literal(true).optional(),
});

export const replay = z.object({
  id: z.string(),
  filter: replayFilter,
  state: z.enum(["running", "done", "cancelled"]),
  planned: z.int().describe("How many deliveries matched when it was made."),
  done: z.int().describe("How many have become due again."),
  failed: z.int().describe("How many could not: they were being sent, or had changed, at that moment."),
  createdAt: time,
  finishedAt: timeOrNull,
});

export const replayPlan = z.object({
  planned: z.int(),
  sample: z.array(
    z.object({
      deliveryId: z.string().nullable(),
      eventId: z.string(),
      eventType: z.string(),
      webhookId: z.string(),
      createdAt: time,
    }),
  ),
});

export const statsBucket = z.object({
  at: time.describe("Beginning of the bucket."),
  delivered: z.int(),
  failed: z.int(),
  attemptMs: z
    .object({ p50: z.number(), p95: z.number(), p99: z.number(), samples: z.int() })
    .nullable()
    .describe(
      "How long attempts took, in milliseconds: of one webhook all of them, to within an eighth; of all webhooks up to 300.",
    ),
});
