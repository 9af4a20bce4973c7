import { eventGroup } from "./event-type.ts";
import { billingAddress, customer, membership, version } from "./field-groups.ts";

const anyMembership = [...membership, ...customer, ...billingAddress, version];

export const memberships = eventGroup("memberships", "Memberships", [
  {
    type: "membership_created",
    name: "Membership Created",
    source: "ultimate-multisite",
    status: "declared-but-dead",
    description: "A membership was added: by a sign-up, an admin or the REST API.",
    fields: anyMembership,
  },
  {
    type: "membership_updated",
    name: "Membership Updated",
    source: "ultimate-multisite",
    status: "declared-but-dead",
    description:
      "A membership was saved again, for example because its state, its plan or its end changed. Can happen often.",
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
    fields: [...membership, ...customer, version],
  },
]);
