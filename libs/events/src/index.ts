export {
  eventIdPattern,
  eventTypePattern,
  InvalidEventError,
  maxPayloadBytes,
  parseEvent,
  type EventContext,
  type EventDefaults,
  type Problem,
  type WebhookEvent,
} from "./event.ts";
export { headerNames } from "./headers.ts";
export { createIdSource, type NewId } from "./ids.ts";
