import { eventGroups, eventTypes } from "./catalog/catalog.ts";
import type { EventType } from "./catalog/event-type.ts";
import type { JsonValue } from "./catalog/field.ts";
import { headerDescriptions } from "./header-descriptions.ts";
import type { Reference } from "./openapi.ts";
import { embeddedSchema, type EmbeddedSchema } from "./schema.ts";

/** An AsyncAPI 3 document of what Sidehook sends. */
export interface AsyncApi {
  asyncapi: "3.0.0";
  info: { title: string; version: string; description: string; tags: readonly { name: string }[] };
  defaultContentType: "application/json";
  channels: {
    webhook: { address: null; description: string; messages: Readonly<Record<string, Reference>> };
  };
  operations: {
    deliver: {
      action: "send";
      channel: Reference;
      summary: string;
      bindings: { http: { method: "POST"; bindingVersion: string } };
    };
  };
  components: {
    /** Event type -> the request a webhook gets. */
    messages: Readonly<Record<string, AsyncApiMessage>>;
    schemas: Readonly<Record<string, EmbeddedSchema | HeadersSchema>>;
  };
}

export interface AsyncApiMessage {
  name: string;
  title: string;
  summary: string;
  tags: readonly { name: string }[];
  headers: Reference;
  payload: Reference;
  examples: readonly { name: string; payload: JsonValue }[];
}

export interface HeadersSchema {
  type: "object";
  properties: Readonly<Record<string, { type: "string"; description: string; examples: readonly string[] }>>;
  required: readonly string[];
}

/**
 * Builds an AsyncAPI 3 document of every event of the catalog: one channel, the URL of a webhook, and one message for
 * each event type.
 *
 * @param version of Sidehook, such as `0.1.0`
 * @example JSON.stringify(buildAsyncApi({ version: "0.1.0" }), null, 2)
 */
export function buildAsyncApi({ version }: { version: string }): AsyncApi {
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Events of Sidehook",
      version,
      description: "What happens on a WordPress network, sent to the URL of each webhook that wants it.",
      tags: eventGroups.map(({ name }) => ({ name })),
    },
    defaultContentType: "application/json",
    channels: {
      webhook: {
        address: null,
        description: "The URL of a webhook, chosen by the one who makes it.",
        messages: byType(({ type }) => ({ $ref: `#/components/messages/${type}` })),
      },
    },
    operations: {
      deliver: {
        action: "send",
        channel: { $ref: "#/channels/webhook" },
        summary: "Sends one event to one webhook, signed, until it is received.",
        bindings: { http: { method: "POST", bindingVersion: "0.3.0" } },
      },
    },
    components: {
      messages: byType(message),
      schemas: { headers: headersSchema(), ...byType(embeddedSchema) },
    },
  };
}

function byType<Value>(build: (eventType: EventType) => Value): Record<string, Value> {
  return Object.fromEntries(eventTypes.map((eventType) => [eventType.type, build(eventType)]));
}

function message({ type, name, group, description, sample }: EventType): AsyncApiMessage {
  const groupName = eventGroups.find(({ id }) => id === group)?.name ?? group;
  return {
    name: type,
    title: name,
    summary: description,
    tags: [{ name: groupName }],
    headers: { $ref: "#/components/schemas/headers" },
    payload: { $ref: `#/components/schemas/${type}` },
    examples: [{ name: "sample", payload: sample }],
  };
}

function headersSchema(): HeadersSchema {
  const properties = headerDescriptions.map(({ name, description, example }) => [
    name,
    { type: "string", description, examples: [example] },
  ]);
  return {
    type: "object",
    properties: Object.fromEntries(properties) as HeadersSchema["properties"],
    required: headerDescriptions.filter(({ isAlwaysSent }) => isAlwaysSent).map(({ name }) => name),
  };
}
