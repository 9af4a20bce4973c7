import { eventGroup, ofUltimateMultisite } from "./event-type.ts";
import { mysqlTime, personal, record, text, url } from "./field.ts";
import { customer, membership, site, siteId, version } from "./field-groups.ts";
import { networkSites } from "./network-sites.ts";

const rawNote = "all that Ultimate Multisite stores about it, under the names of its own version";

export const sites = eventGroup("sites", "Sites", [
  {
    type: "site_published",
    name: "Site Published",
    source: "ultimate-multisite",
    status: "live",
    description:
      "The site a customer ordered came into being, after the checkout or after the e-mail address was confirmed. Not for sites that an admin, REST or WP-CLI adds.",
    hooks: ["wu_event"],
    fields: [...site, ...membership, ...customer, version],
  },
  {
    type: "demo_site_expiring",
    name: "Demo Site Expiring",
    source: "ultimate-multisite",
    status: "live",
    description:
      "A demo site will soon be deleted, once for each site. Needs the demo notice in the settings of Ultimate Multisite.",
    since: "2.5.0",
    hooks: ["wu_event"],
    fields: [
      record(
        "site",
        `The site: ${rawNote}.`,
        {
          id: 3,
          title: "Example Bakery",
          blog_id: 3,
          domain: "network.example",
          path: "/bakery/",
          type: "demo",
        },
        personal,
      ),
      record(
        "membership",
        `The membership: ${rawNote}.`,
        { id: 7, customer_id: 5, plan_id: 2, status: "active", currency: "USD", amount: 0 },
        personal,
      ),
      record(
        "customer",
        `The customer: ${rawNote}, with IP addresses and notes.`,
        { id: 5, user_id: 9, email_verification: "verified", ips: ["203.0.113.9"] },
        personal,
      ),
      mysqlTime("demo_expires_at", "When the site will be deleted", "2026-11-22 00:50:58"),
      text("demo_time_remaining", "How long until then, as text for people.", "1 hour"),
      url("site_admin_url", "Where the site is managed.", "https://network.example/bakery/wp-admin/"),
      url("site_url", "Where visitors see the site.", "https://network.example/bakery/"),
      version,
    ],
  },
  {
    ...ofUltimateMultisite,
    type: "site_created_by_um",
    name: "Site Created By Ultimate Multisite",
    description: "Ultimate Multisite made a site that is not a copy of a template.",
    hooks: ["wu_site_created"],
    fields: site,
  },
  {
    ...ofUltimateMultisite,
    type: "site_duplicated",
    name: "Site Duplicated From Template",
    description: "A template was copied into a site, and the copy is complete.",
    hooks: ["wu_duplicate_site"],
    fields: [siteId],
  },
  {
    ...ofUltimateMultisite,
    type: "site_template_switched",
    name: "Site Template Switched",
    description: "A customer chose another template for a site; what was on the site has been replaced.",
    hooks: ["wu_after_switch_template"],
    fields: [siteId],
  },
  {
    ...ofUltimateMultisite,
    type: "demo_site_deleted",
    name: "Demo Site Deleted",
    description: "The time of a demo site is over, and it is being deleted.",
    hooks: ["wu_before_demo_site_deleted"],
    fields: [siteId],
  },
  {
    ...ofUltimateMultisite,
    type: "site_deleted",
    name: "Customer Site Deleted",
    description: "Ultimate Multisite deleted a site. Site Deleted tells of any site, with its address.",
    hooks: ["wu_site_post_delete"],
    fields: [siteId],
  },
  ...networkSites,
]);
