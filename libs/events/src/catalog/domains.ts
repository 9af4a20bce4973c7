import { eventGroup } from "./event-type.ts";
import { customer, domain, membership, site, version } from "./field-groups.ts";

export const domains = eventGroup("domains", "Domains", [
  {
    type: "domain_created",
    name: "New Domain Mapping Added",
    source: "ultimate-multisite",
    status: "live",
    description:
      "A customer added a domain of their own to a site. Not for domains that an admin, REST, WP-CLI or a reseller adds.",
    fields: [...domain, ...site, ...membership, ...customer, version],
  },
]);
