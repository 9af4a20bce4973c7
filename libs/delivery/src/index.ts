export { createAddressGuard, parseAllowList, type AddressGuard, type AllowedRange } from "./address.ts";
export { asksToSlowDown, decide, type DecisionInput } from "./decide.ts";
export * from "./delivery.ts";
export { matchesFilter, validateFilter, type Filter } from "./filter.ts";
export { classifyStatus, failureTexts, type FailureText } from "./failure.ts";
export { mustHold, probeWaitMs, type FailingRun } from "./hold.ts";
export {
  codedProblem,
  problemTexts,
  type CodedProblem,
  type ProblemCode,
  type ProblemValues,
} from "./problem.ts";
export { findUrlRefusal } from "./reach.ts";
export { buildRequest, maskRequest, validateHeaders, validateUrl, type AttemptStamp } from "./request.ts";
export { defaultScheduleMs, parseDuration, parseSchedule, type RetryPolicy } from "./retry.ts";
export { createSender, type Sender, type SenderOptions } from "./send.ts";
export type { Lookup } from "./socket.ts";
export { ultimateMultisite } from "./taken-over.ts";
export {
  isOwnEvent,
  payloadReader,
  refusalOf,
  wants,
  webhookDefaults,
  type Format,
  type RateLimit,
  type Refusal,
  type Webhook,
} from "./webhook.ts";
