import { checkout } from "./checkout.ts";
import { customers } from "./customers.ts";
import { domains } from "./domains.ts";
import type { EventGroup, EventType } from "./event-type.ts";
import { memberships } from "./memberships.ts";
import { payments } from "./payments.ts";
import { sites } from "./sites.ts";
import { subsiteActivity } from "./subsite-activity.ts";
import { users } from "./users.ts";

/** The groups of the catalog, in the order in which they are shown. */
export const eventGroups: readonly EventGroup[] = [
  payments,
  memberships,
  customers,
  sites,
  domains,
  checkout,
  subsiteActivity,
  users,
];

/** Every event type Sidehook knows. Others are delivered as well; these it can describe. */
export const eventTypes: readonly EventType[] = eventGroups.flatMap((group) => group.eventTypes);

const byType = new Map(eventTypes.map((eventType) => [eventType.type, eventType]));

/**
 * Finds what is known about an event type.
 *
 * @example findEventType("payment_received")?.name // "Payment Received"
 */
export function findEventType(type: string): EventType | undefined {
  return byType.get(type);
}
