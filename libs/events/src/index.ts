export { buildAsyncApi, type AsyncApi, type AsyncApiMessage } from "./asyncapi.ts";
export {
  eventGroups,
  eventTypes,
  findEventType,
  findFirstVersion,
  findSuccessor,
  type EventGroupId,
} from "./catalog/catalog.ts";
export type { Alias, EventGroup, EventSource, EventStatus, EventType } from "./catalog/event-type.ts";
export type { CanonicalType, Field, FieldFormat, JsonType, JsonValue } from "./catalog/field.ts";
export {
  eventIdPattern,
  eventTypePattern,
  InvalidEventError,
  maxPayloadBytes,
  maxPayloadDepth,
  parseEvent,
  type EventContext,
  type EventDefaults,
  type Problem,
  type WebhookEvent,
} from "./event.ts";
export { headerNames } from "./headers.ts";
export { createIdSource, type NewId } from "./ids.ts";
export { normalize } from "./normalize.ts";
export type {
  EventTypeName,
  KnownEventType,
  NormalizedPayloadOf,
  NormalizedPayloads,
  PayloadOf,
  Payloads,
  SidehookEvent,
} from "./payloads.ts";
export { buildOpenApiWebhooks, type OpenApiOperation, type OpenApiWebhooks } from "./openapi.ts";
export { payloadSchema, type FieldSchema, type PayloadSchema } from "./schema.ts";
