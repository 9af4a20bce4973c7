// The shapes of requests and answers as JSON Schema, for `GET /openapi.json`.
import { z } from "zod";
import { changes, newWebhook } from "../webhook-input.ts";
import * as delivering from "./openapi-delivering.ts";
import { ingestRequest } from "./openapi-events.ts";
import * as managing from "./openapi-managing.ts";

/** JSON Schema 2020-12. */
export type JsonSchema = { [keyword: string]: unknown };

/** What has a name in the document; whatever else is described where it is used. */
const shapes: Readonly<Record<string, z.ZodType>> = {
  Event: delivering.event,
  EventSummary: delivering.eventSummary,
  NewEvent: delivering.newEvent,
  NewEvents: ingestRequest,
  EventContext: delivering.eventContext,
  IngestResults: delivering.ingestResults,
  EventType: managing.eventType,
  EventTypeSummary: managing.eventTypeSummary,
  Webhook: delivering.webhook,
  MadeWebhook: delivering.madeWebhook,
  NewWebhook: newWebhook,
  WebhookChanges: changes,
  WebhookHealth: delivering.webhookHealth,
  Secret: delivering.secret,
  Delivery: delivering.delivery,
  DeliveryDetail: delivering.deliveryDetail,
  Attempt: delivering.attempt,
  Replay: delivering.replay,
  ReplayPlan: delivering.replayPlan,
  StatsBucket: delivering.statsBucket,
  Bin: managing.bin,
  BinRequest: managing.binRequest,
  MirrorResults: managing.mirrorResults,
  Token: managing.token,
  MadeToken: managing.madeToken,
  PersonalExport: managing.personalExport,
  Erasure: managing.erasure,
  Bridge: managing.bridge,
  Doctor: managing.doctor,
  Problem: managing.problem,
};

const names = z.registry<{ id: string }>();
for (const [id, shape] of Object.entries(shapes)) names.add(shape, { id });

const refTo = (id: string) => `#/components/schemas/${id}`;

/** A reference to what has a name, a schema of its own for the rest. */
export function schemaOf(schema: z.ZodType): JsonSchema {
  const id = names.get(schema)?.id;
  if (id !== undefined) return { $ref: refTo(id) };
  const {
    $schema: _dialect,
    $defs: _named,
    ...own
  } = z.toJSONSchema(schema, { ...options, metadata: names });
  // What has a name is among the components already.
  return JSON.parse(JSON.stringify(own).replaceAll('"#/$defs/', `"${refTo("")}`)) as JsonSchema;
}

/** Name -> schema, for `components.schemas`. */
export function namedSchemas(): Record<string, JsonSchema> {
  const { schemas } = z.toJSONSchema(names, { ...options, uri: refTo });
  const named = Object.entries(schemas as Record<string, JsonSchema>).map(([id, schema]) => {
    const { $schema: _dialect, $id: _id, ...own } = schema;
    return [id, own] as const;
  });
  const all = Object.fromEntries(named);
  return {
    ...all,
    NewWebhook: explained(all, "NewWebhook"),
    WebhookChanges: explained(all, "WebhookChanges"),
  };
}

/** What may be given of a webhook means what it means in the answer. */
function explained(all: Readonly<Record<string, JsonSchema>>, id: string): JsonSchema {
  const meanings = (all["Webhook"]?.["properties"] ?? {}) as Record<string, JsonSchema>;
  const fields = Object.entries((all[id]?.["properties"] ?? {}) as Record<string, JsonSchema>);
  const properties = fields.map(([name, schema]) => {
    return [name, { ...schema, description: meanings[name]?.["description"] }];
  });
  return { ...all[id], properties: Object.fromEntries(properties) as JsonSchema };
}

/** As it is given: with defaults left out, and before it is turned into what the code works with. */
const options = { io: "input", target: "draft-2020-12", override: tidy } as const;

/** A pattern beside a format, and the limits of what a program can count to, would only be noise. */
function tidy({ jsonSchema }: { jsonSchema: JsonSchema }): void {
  if (jsonSchema["format"] === "date-time") delete jsonSchema["pattern"];
  if (jsonSchema["maximum"] === Number.MAX_SAFE_INTEGER) delete jsonSchema["maximum"];
  if (jsonSchema["minimum"] === Number.MIN_SAFE_INTEGER) delete jsonSchema["minimum"];
}
