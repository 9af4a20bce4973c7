// What the API answers about everything but delivering; see openapi-delivering.ts.
import { z } from "zod";
import { deliveryStates } from "@sidehook/delivery";
import { scopes } from "./auth.ts";
import { texts, time } from "./openapi-delivering.ts";

const object = z.record(z.string(), z.unknown());

export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().describe("What is wrong, in one sentence."),
  problems: z
    .array(z.object({ path: z.string(), message: z.string() }))
    .optional()
    .describe("Of bad input, everything at once."),
});

export const eventTypeSummary = z.object({
  type: z.string(),
  name: z.string(),
  group: z.string(),
  source: z.string().describe("The plugin in which it happens, WordPress, or Sidehook itself."),
  status: z
    .enum(["live", "logged-only", "declared-but-dead", "derived", "addon", "own"])
    .describe("What Ultimate Multisite's own webhooks do with it, or where else it comes from."),
  description: z.string(),
  webhooks: z.int().describe("How many active webhooks want it."),
});

export const eventType = eventTypeSummary.extend({
  schema: object.describe("JSON Schema 2020-12 of the payload."),
  sample: object,
});

export const mirrorResults = z.object({
  results: z.array(
    z.object({
      externalId: z.string().nullable(),
      id: z.string().nullable().describe("Null for what was rejected, or only asked about."),
      status: z.enum(["created", "updated", "unchanged", "rejected"]),
      problems: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    }),
  ),
});

export const mirrored = z.object({ id: z.string(), externalId: z.string().nullable(), digest: z.string() });

export const deliveredCount = z.object({ externalId: z.string(), delivered: z.int() });

export const bin = z.object({
  id: z.string(),
  name: z.string(),
  answer: z
    .object({ status: z.int(), delayMs: z.int(), body: z.string() })
    .describe("What it answers to whatever arrives."),
  createdAt: time,
  url: z.string().describe("Takes any request, from anybody."),
});

export const binRequest = z.object({
  id: z.string(),
  method: z.string(),
  path: z.string().describe("What followed the bin's own URL, with the query."),
  headers: texts,
  body: z.string(),
  receivedAt: time,
});

export const token = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(scopes)),
  createdAt: time,
  expiresAt: time.nullable(),
  lastUsedAt: time.nullable().describe("Exact to a minute."),
});

export const madeToken = token.extend({ token: z.string().describe("Told only now.") });

export const bridge = z.object({
  wanted: z.array(z.string()).describe("Event types and patterns of all webhooks."),
  archive: z.boolean().describe("Whether WordPress is to record also what no webhook wants."),
  version: z.string().describe("Of the service."),
});

export const doctor = z.object({
  state: z.enum(["ok", "warning", "failed"]).describe("The worst of all."),
  checks: z.array(
    z.object({
      id: z.string(),
      state: z.enum(["ok", "warning", "failed"]),
      text: z.string().describe("What was found, and what to do."),
    }),
  ),
});

const personalEvent = z.object({
  kind: z.literal("event"),
  id: z.string(),
  type: z.string(),
  occurredAt: time,
  siteId: z.int().nullable(),
  payload: z.string().nullable().describe("Null if the person has caused it and it is about others."),
  deliveries: z.array(
    z.object({
      webhookName: z.string(),
      receiver: z.string(),
      state: z.enum(deliveryStates),
      finishedAt: time.nullable(),
    }),
  ),
});

const personalAnswer = z.object({
  kind: z.literal("answer"),
  receiver: z.string(),
  answeredAt: time,
  body: z.string(),
});

const personalRequest = z.object({
  kind: z.literal("binRequest"),
  id: z.string(),
  receivedAt: time,
  headers: texts,
  body: z.string(),
});

export const personalExport = z.object({
  data: z.array(z.union([personalEvent, personalAnswer, personalRequest])),
  nextCursor: z.string().nullable().describe("For the next call; null when this was all."),
});

export const erasure = z.object({
  erased: z.object({ events: z.int(), deliveries: z.int(), attempts: z.int(), binRequests: z.int() }),
  webhooks: z
    .array(z.object({ id: z.string(), name: z.string() }))
    .describe("Webhooks with the address in their settings, which only their owner can change."),
  needsVacuum: z
    .boolean()
    .describe("The database's file has traces in unused pages and has to be written anew."),
  nextCursor: z.string().nullable().describe("For the next call; null when all is done."),
});

export const health = z.object({
  status: z.string(),
  reason: z.string().optional().describe("Why it is not ready."),
});
