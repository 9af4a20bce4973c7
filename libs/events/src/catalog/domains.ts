import { eventGroup, ofUltimateMultisite, type Entry } from "./event-type.ts";
import { nullable, text, whole, type Field } from "./field.ts";
import { customer, customerId, domain, domainStages, membership, site, version } from "./field-groups.ts";

/** Which mapping it is: its id, the domain and the site. */
const mapping = domain.slice(0, 3);

const hostAndSite: readonly Field[] = [
  text("domain_domain", "The domain itself.", "bakery.example"),
  whole("site_id", "Id of the site the domain leads to.", 3),
];

const fromDomainSeller = { source: "ultimate-multisite-domain-seller", status: "addon" } as const;

const domainName = text("domain_name", "The domain.", "bakery.example");
const registration: readonly Field[] = [
  domainName,
  text("provider_id", "Short name of the registrar.", "namecheap"),
  whole("years", "For how many years.", 1),
  text("expiry_date", "When it runs out, as the registrar writes it.", "2027-07-01", nullable),
  customerId,
  whole("payment_id", "Id of the payment it was paid with, null if there is none.", 12, nullable),
];
const errorMessage = text("error_message", "What the registrar answered.", "The domain is taken.");

const mappings: readonly Entry[] = [
  {
    type: "domain_created",
    name: "New Domain Mapping Added",
    source: "ultimate-multisite",
    status: "live",
    description:
      "A customer added a domain of their own to a site. Not for domains that an admin, REST, WP-CLI or a reseller adds.",
    hooks: ["wu_event"],
    aliases: [
      {
        type: "new_domain_mapping",
        difference: "It also held the IP address of the network; the other fields have new names.",
      },
    ],
    deprecatedFields: {
      user_id: "customer_user_id",
      user_site_id: "site_id",
      mapped_domain: "domain_domain",
      user_site_url: "site_url",
    },
    fields: [...domain, ...site, ...membership, ...customer, version],
  },
  {
    ...ofUltimateMultisite,
    type: "domain_mapped",
    name: "Domain Mapped",
    description:
      "A site got a domain, whoever added it: a customer, an admin, REST, WP-CLI or a reseller. Also when a mapping gets another domain.",
    since: "2.5.0",
    hooks: ["wu_domain_added"],
    fields: hostAndSite,
  },
  {
    ...ofUltimateMultisite,
    type: "domain_removed",
    name: "Domain Removed",
    description: "A site lost a domain. Tells which one, where Domain Deleted tells the id of the mapping.",
    since: "2.5.0",
    hooks: ["wu_domain_removed"],
    fields: hostAndSite,
  },
  {
    ...ofUltimateMultisite,
    type: "domain_deleted",
    name: "Domain Deleted",
    description: "A domain mapping was deleted for good.",
    hooks: ["wu_domain_post_delete"],
    fields: [whole("domain_id", "Id of the domain mapping.", 1)],
  },
  {
    ...ofUltimateMultisite,
    type: "domain_primary_changed",
    name: "Primary Domain Changed",
    description: "A domain became the main domain of its site.",
    hooks: ["wu_domain_became_primary"],
    fields: mapping,
  },
  {
    ...ofUltimateMultisite,
    type: "domain_stage_changed",
    name: "Domain Stage Changed",
    description: "The set-up of a domain came a step further, or failed: DNS first, then the certificate.",
    hooks: ["wu_transition_domain_stage"],
    fields: [
      whole("domain_id", "Id of the domain mapping.", 1),
      text("old_stage", 'Step before; "new" if the mapping was just made.', "checking-dns", {
        knownValues: ["new", ...domainStages],
      }),
      text("new_stage", "Step now.", "done", { knownValues: domainStages }),
    ],
  },
  {
    ...ofUltimateMultisite,
    type: "domain_dns_ready",
    name: "Domain DNS Ready",
    description: "The name servers of the world now lead a domain to this network.",
    hooks: ["wu_domain_manager_dns_propagation_finished"],
    fields: mapping,
  },
];

/** By the Domain Seller add-on, whose code is not public. */
const sales: readonly Entry[] = [
  {
    ...fromDomainSeller,
    type: "domain_registered",
    name: "Domain Registered",
    description: "A customer bought a domain and the registrar has registered it.",
    hooks: ["wu_domain_registration_completed", "wu_event"],
    fields: registration,
  },
  {
    ...fromDomainSeller,
    type: "domain_registration_failed",
    name: "Domain Registration Failed",
    description: "A customer bought a domain and the registrar could not register it.",
    hooks: ["wu_domain_registration_failed"],
    fields: [...registration, errorMessage],
  },
  {
    ...fromDomainSeller,
    type: "domain_renewed",
    name: "Domain Renewed",
    description: "The registrar has renewed a domain that was bought here.",
    hooks: ["wu_domain_renewal_completed", "wu_event"],
    fields: registration,
  },
  {
    ...fromDomainSeller,
    type: "domain_renewal_failed",
    name: "Domain Renewal Failed",
    description:
      "The registrar could not renew a domain that was bought here. The add-on tries again, so one domain can cause several events.",
    hooks: ["wu_domain_renewal_failed", "wu_event"],
    fields: [...registration, errorMessage],
  },
  {
    ...fromDomainSeller,
    type: "domain_transferred",
    name: "Domain Transferred",
    description: "A customer's domain moved here from another registrar.",
    hooks: ["wu_domain_transfer_completed"],
    fields: domain,
  },
  {
    ...fromDomainSeller,
    type: "domain_ses_verified",
    name: "Domain Verified At Amazon SES",
    description: "Amazon SES accepts mail from a domain: its DKIM record was found.",
    hooks: ["wu_domain_ses_verified"],
    fields: mapping,
  },
  {
    ...fromDomainSeller,
    type: "domain_expiring_soon",
    name: "Domain Expiring Soon",
    description: "A domain that was bought here will soon run out.",
    hooks: ["wu_event"],
    fields: [domainName],
  },
];

export const domains = eventGroup("domains", "Domains", [...mappings, ...sales]);
