import { checkout } from "./checkout.ts";
import { content } from "./content.ts";
import { customers } from "./customers.ts";
import { domains } from "./domains.ts";
import type { EventGroup, EventType } from "./event-type.ts";
import { maintenance } from "./maintenance.ts";
import { memberships } from "./memberships.ts";
import { multiTenancy } from "./multi-tenancy.ts";
import { networks } from "./networks.ts";
import { payments } from "./payments.ts";
import { privacy } from "./privacy.ts";
import { products } from "./products.ts";
import { security } from "./security.ts";
import { signups } from "./signups.ts";
import { sites } from "./sites.ts";
import { subsiteActivity } from "./subsite-activity.ts";
import { users } from "./users.ts";
import { webhooks } from "./webhooks.ts";
import { woocommerce } from "./woocommerce.ts";

const groups = [
  payments,
  memberships,
  customers,
  products,
  sites,
  domains,
  checkout,
  subsiteActivity,
  users,
  signups,
  content,
  woocommerce,
  security,
  privacy,
  maintenance,
  networks,
  multiTenancy,
  webhooks,
];

/** Ids of the groups, such as `payments`. */
export type EventGroupId = (typeof groups)[number]["id"];

/** The groups of the catalog, in the order in which they are shown. */
export const eventGroups: readonly EventGroup<EventGroupId>[] = groups;

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

/**
 * Finds the event type that took the place of one of WP Ultimo 1.x, for webhooks that were carried over from there.
 *
 * @example findSuccessor("account_created")?.type // "customer_created"
 */
export function findSuccessor(legacyType: string): EventType | undefined {
  return eventTypes.find(({ aliases = [] }) => aliases.some(({ type }) => type === legacyType));
}

/**
 * Tells of which event type another is a later version: of `payment_received`, if it is `payment_received.v2`. Answers
 * undefined for a first version, and for a type whose first version is not in the catalog.
 *
 * @example findFirstVersion("payment_received.v2")?.name // "Payment Received"
 */
export function findFirstVersion(type: string): EventType | undefined {
  // Asked for each webhook of each event, of which hardly any is a later version.
  const end = type.lastIndexOf(".v");
  return end > 0 && /^[0-9]+$/.test(type.slice(end + 2)) ? byType.get(type.slice(0, end)) : undefined;
}
