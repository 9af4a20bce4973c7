/** Names of the headers of a delivery, in lower case as they are sent. */
export const headerNames = {
  /** The event's id, the same on every attempt: a receiver's idempotency key. */
  id: "webhook-id",
  /** Unix seconds of this attempt. */
  timestamp: "webhook-timestamp",
  /** `v1,<base64>`, one per valid secret, separated by spaces. */
  signature: "webhook-signature",
  event: "sidehook-event",
  delivery: "sidehook-delivery",
  attempt: "sidehook-attempt",
  webhook: "sidehook-webhook",
  /** `true` on test events, absent otherwise. */
  test: "sidehook-test",
} as const;
