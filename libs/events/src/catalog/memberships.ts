import { eventGroup, ofUltimateMultisite } from "./event-type.ts";
import { nullable, personal, text, time, whole } from "./field.ts";
import {
  billingAddress,
  customer,
  customerId,
  customerOrNull,
  membership,
  membershipStatuses,
  missing,
  version,
} from "./field-groups.ts";

const anyMembership = [...membership, ...customerOrNull, ...billingAddress, missing, version];

const membershipId = whole("membership_id", "Id of the membership.", 7);

export const memberships = eventGroup("memberships", "Memberships", [
  {
    type: "membership_created",
    name: "Membership Created",
    source: "ultimate-multisite",
    status: "declared-but-dead",
    description: "A membership was added: by a sign-up, an admin or the REST API.",
    hooks: ["wu_membership_post_save"],
    fields: anyMembership,
  },
  {
    type: "membership_updated",
    name: "Membership Updated",
    source: "ultimate-multisite",
    status: "declared-but-dead",
    description:
      "A membership was saved again, for example because its state, its plan or its end changed. Can happen often.",
    hooks: ["wu_membership_post_save"],
    fields: anyMembership,
  },
  {
    type: "membership_expired",
    name: "Membership Expired",
    source: "ultimate-multisite",
    status: "live",
    description:
      "A membership that does not renew by itself ran out. Not when an admin or a payment gateway sets it to expired.",
    since: "2.4.12",
    hooks: ["wu_event"],
    fields: [...membership, ...customer, version],
  },
  {
    ...ofUltimateMultisite,
    type: "membership_status_changed",
    name: "Membership Status Changed",
    description:
      "A membership went from one state to another, whoever did it: an admin, a payment gateway, the clock or the REST API.",
    hooks: ["wu_transition_membership_status"],
    fields: [
      membershipId,
      customerId,
      text("old_status", 'State before; "new" if the membership was just made.', "active", {
        knownValues: ["new", ...membershipStatuses],
      }),
      text("new_status", "State now.", "cancelled", { knownValues: membershipStatuses }),
    ],
  },
  {
    ...ofUltimateMultisite,
    type: "membership_cancelled",
    name: "Membership Cancelled",
    description: "A membership was cancelled, by the customer or by an admin.",
    hooks: ["wu_membership_post_cancel"],
    fields: [
      membershipId,
      customerId,
      text("cancellation_reason", "Why, in the words of whoever cancelled it.", "We close the shop.", {
        ...nullable,
        ...personal,
      }),
    ],
  },
  {
    ...ofUltimateMultisite,
    type: "membership_renewed",
    name: "Membership Renewed",
    description: "A membership was renewed and now ends later, or never.",
    hooks: ["wu_membership_post_renew"],
    fields: [
      membershipId,
      customerId,
      time("date_expiration", "When it now ends; null if it never does", "2027-01-01T00:00:00Z", nullable),
    ],
  },
  {
    ...ofUltimateMultisite,
    type: "membership_plan_changed",
    name: "Membership Plan Changed",
    description:
      "A membership got another plan: an upgrade, a downgrade, or a change that was planned before.",
    hooks: ["wu_transition_membership_plan_id"],
    aliases: [
      {
        type: "plan_change",
        difference: "It held the user, the names of the plans and the new price as well.",
      },
    ],
    fields: [
      membershipId,
      customerId,
      whole("old_plan_id", "Id of the plan before, null if there was none.", 1, nullable),
      whole("new_plan_id", "Id of the plan now.", 2),
    ],
  },
  {
    ...ofUltimateMultisite,
    type: "subscription_status_changed",
    name: "Gateway Subscription Status Changed",
    description: "Stripe reports another state of what it collects for a membership at regular times.",
    hooks: ["wu_stripe_subscription_status_changed"],
    fields: [
      membershipId,
      customerId,
      text("gateway_status", "State at the gateway now.", "past_due"),
      text("previous_gateway_status", "State at the gateway before.", "active"),
    ],
  },
  {
    ...ofUltimateMultisite,
    type: "membership_deleted",
    name: "Membership Deleted",
    description: "A membership was deleted for good.",
    hooks: ["wu_membership_post_delete"],
    fields: [membershipId],
  },
]);
