import { eventGroups, eventTypes } from "./catalog/catalog.ts";
import type { EventType } from "./catalog/event-type.ts";
import type { JsonValue } from "./catalog/field.ts";
import { headerDescriptions, type HeaderDescription } from "./header-descriptions.ts";
import { embeddedSchema, type EmbeddedSchema } from "./schema.ts";

/** The parts of an OpenAPI 3.1 document that tell which requests a webhook's URL gets. */
export interface OpenApiWebhooks {
  tags: readonly { name: string; description: string }[];
  /** Event type -> what is sent to a webhook that wants it. */
  webhooks: Readonly<Record<string, { post: OpenApiOperation }>>;
  components: {
    /** Event type -> schema of its payload. */
    schemas: Readonly<Record<string, EmbeddedSchema>>;
    /** Name of the header -> the header. */
    parameters: Readonly<Record<string, OpenApiParameter>>;
  };
}

export interface OpenApiOperation {
  operationId: string;
  summary: string;
  description: string;
  tags: readonly string[];
  parameters: readonly Reference[];
  requestBody: {
    required: true;
    content: {
      "application/json": {
        schema: Reference;
        examples: { sample: { summary: string; value: JsonValue } };
      };
    };
  };
  responses: Readonly<Record<string, { description: string }>>;
}

export interface OpenApiParameter {
  name: string;
  in: "header";
  required: boolean;
  description: string;
  schema: { type: "string" };
  example: string;
}

export interface Reference {
  $ref: string;
}

/**
 * Builds the `webhooks` section of an OpenAPI 3.1 document, and what it refers to. Merge it into a document of your
 * own; its schemas are named after the event types, its tags after the groups of the catalog.
 *
 * @example { openapi: "3.1.0", info, paths, ...buildOpenApiWebhooks() }
 */
export function buildOpenApiWebhooks(): OpenApiWebhooks {
  return {
    tags: eventGroups.map(({ name }) => ({ name, description: `Events about ${name}.` })),
    webhooks: Object.fromEntries(
      eventTypes.map((eventType) => [eventType.type, { post: operation(eventType) }]),
    ),
    components: {
      schemas: Object.fromEntries(eventTypes.map((eventType) => [eventType.type, embeddedSchema(eventType)])),
      parameters: Object.fromEntries(headerDescriptions.map((header) => [header.name, parameter(header)])),
    },
  };
}

function operation({ type, name, group, description, sample }: EventType): OpenApiOperation {
  const groupName = eventGroups.find(({ id }) => id === group)?.name ?? group;
  return {
    operationId: type,
    summary: name,
    description,
    tags: [groupName],
    parameters: headerDescriptions.map((header) => ({ $ref: `#/components/parameters/${header.name}` })),
    requestBody: {
      required: true,
      content: {
        "application/json": {
          schema: { $ref: `#/components/schemas/${type}` },
          examples: { sample: { summary: name, value: sample } },
        },
      },
    },
    responses: {
      "2XX": { description: "Received. The body of the answer does not matter." },
      "410": { description: "No longer wanted: the webhook is switched off." },
      default: { description: "Not received. The delivery is tried again." },
    },
  };
}

function parameter({ name, description, example, isAlwaysSent }: HeaderDescription): OpenApiParameter {
  return { name, in: "header", required: isAlwaysSent, description, schema: { type: "string" }, example };
}
