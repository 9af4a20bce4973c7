import { eventGroup } from "./event-type.ts";
import { flag, mysqlTime, nullable, personal, record, text, time, url, whole } from "./field.ts";
import { customer, membership, networkSite, site, version } from "./field-groups.ts";

const rawNote = "all that Ultimate Multisite stores about it, under the names of its own version";

export const sites = eventGroup("sites", "Sites", [
  {
    type: "site_published",
    name: "Site Published",
    source: "ultimate-multisite",
    status: "live",
    description:
      "The site a customer ordered came into being, after the checkout or after the e-mail address was confirmed. Not for sites that an admin, REST or WP-CLI adds.",
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
    type: "wp_site_created",
    name: "Site Created",
    source: "wordpress",
    status: "derived",
    description: "A site was added to the network and is ready for use, whoever added it.",
    since: "5.1.0",
    fields: [
      ...networkSite,
      text("title", "Title of the site.", "Example Bakery"),
      whole("owner_user_id", "Id of the user it was made for.", 9, nullable),
      flag("public", "True if search engines may list the site.", true),
      time("registered", "When the site was added", "2026-11-21T23:45:35Z"),
      whole("lang_id", "Number of the language; WordPress itself leaves it at 0.", 0),
    ],
  },
  {
    type: "wp_site_deleted",
    name: "Site Deleted",
    source: "wordpress",
    status: "derived",
    description: "A site was deleted for good.",
    since: "5.1.0",
    fields: [...networkSite, text("title", "Title the site had.", "Example Bakery", nullable)],
  },
  {
    type: "wp_site_archived",
    name: "Site Archived",
    source: "wordpress",
    status: "derived",
    description: "A site was archived: it still exists, but visitors no longer see it.",
    since: "3.0.0",
    fields: networkSite,
  },
]);
