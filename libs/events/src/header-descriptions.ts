import { headerNames } from "./headers.ts";

/** One header of a delivery, for the documents that describe deliveries. */
export interface HeaderDescription {
  name: string;
  description: string;
  example: string;
  isAlwaysSent: boolean;
}

export const headerDescriptions: readonly HeaderDescription[] = [
  {
    name: headerNames.id,
    description: "Id of the event, the same on every attempt: by it a receiver does nothing twice.",
    example: "evt_01a2b3c4-0000-7000-8000-000000000001",
    isAlwaysSent: true,
  },
  {
    name: headerNames.timestamp,
    description: "When this attempt was made, in unix seconds.",
    example: "1795305046",
    isAlwaysSent: true,
  },
  {
    name: headerNames.signature,
    description: "Signature after Standard Webhooks, one for each valid secret, separated by spaces.",
    example: "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    isAlwaysSent: true,
  },
  {
    name: headerNames.event,
    description: "The event type.",
    example: "payment_received",
    isAlwaysSent: true,
  },
  {
    name: headerNames.delivery,
    description: "Id of the delivery: this event for this webhook.",
    example: "dlv_01a2b3c4-0000-7000-8000-000000000002",
    isAlwaysSent: true,
  },
  {
    name: headerNames.attempt,
    description: "Number of this attempt, from 1.",
    example: "1",
    isAlwaysSent: true,
  },
  {
    name: headerNames.webhook,
    description: "Id of the webhook.",
    example: "wh_01a2b3c4-0000-7000-8000-000000000003",
    isAlwaysSent: true,
  },
  {
    name: headerNames.test,
    description: "True on test events.",
    example: "true",
    isAlwaysSent: false,
  },
];
