// Fields that several events have in common, in the order in which they are sent.
import {
  amount,
  decimal,
  email,
  html,
  id,
  list,
  mysqlTime,
  nullable,
  orNull,
  personal,
  price,
  sometimes,
  text,
  url,
  whole,
  word,
  type Field,
} from "./field.ts";

export const paymentStatuses = [
  "pending",
  "completed",
  "refunded",
  "partially-refunded",
  "partially-paid",
  "failed",
  "cancelled",
  "draft",
];
export const membershipStatuses = ["pending", "active", "trialing", "expired", "on-hold", "cancelled"];
export const gateways = ["free", "manual", "stripe", "stripe-checkout", "paypal", "paypal-rest"];
export const domainStages = [
  "checking-dns",
  "checking-ssl-cert",
  "done-without-ssl",
  "done",
  "failed",
  "ssl-failed",
];

const admin = "https://network.example/wp-admin/network/admin.php";

/** The last field of every payload that Ultimate Multisite sends itself. */
export const version = text("wu_version", "Version of Ultimate Multisite.", "2.16.0");

export const missing = list(
  "missing",
  'What no longer exists: "membership", "customer" or both. The fields about it are null then.',
  ["customer"],
  sometimes,
);

export const payment: readonly Field[] = [
  id("payment_id", "Id of the payment.", 12),
  text("payment_status", "State of the payment.", "completed", { ...nullable, knownValues: paymentStatuses }),
  text("payment_reference_code", "Public code of the payment, used in links to its invoice.", "JJJ3D4413J"),
  price("payment_subtotal", "Sum before tax", "$ 29.90"),
  amount("payment_subtotal_raw", "Sum before tax", 29.9),
  price("payment_tax_total", "Tax", "$ 0.00"),
  amount("payment_tax_total_raw", "Tax", 0),
  price("payment_total", "Sum to pay", "$ 29.90"),
  amount("payment_total_raw", "Sum to pay", 29.9),
  text("payment_currency", "Currency code after ISO 4217.", "USD", nullable),
  text(
    "payment_product_names",
    "What was bought: the titles, separated by a comma and a space.",
    "Premium, Setup",
  ),
  mysqlTime("payment_date_created", "When the payment was made", "2026-11-21 23:45:34"),
  text("payment_gateway", "How it was paid; may be empty.", "stripe", { ...nullable, knownValues: gateways }),
  url(
    "payment_invoice_url",
    "Link to the invoice, for the customer and for network admins who are signed in.",
    "https://network.example?action=invoice&reference=JJJ3D4413J",
  ),
  url(
    "payment_manage_url",
    "The payment's page in the network admin.",
    `${admin}?page=wp-ultimo-edit-payment&id=12`,
  ),
];

export const membership: readonly Field[] = [
  id("membership_id", "Id of the membership.", 7),
  text("membership_status", "State of the membership.", "active", {
    ...nullable,
    knownValues: membershipStatuses,
  }),
  text("membership_reference_code", "Public code of the membership.", "HHHHKND2WG"),
  price("membership_initial_amount", "First payment", "$ 29.90"),
  decimal("membership_initial_amount_raw", "First payment, to calculate with.", 29.9),
  price("membership_amount", "Each later payment", "$ 29.90"),
  decimal("membership_amount_raw", "Each later payment, to calculate with.", 29.9),
  text("membership_currency", "Currency code after ISO 4217.", "USD", nullable),
  text(
    "membership_description",
    "Price and period as text for people, in the language of the site.",
    "$ 29.90 / month",
  ),
  text("membership_gateway", "How it is paid; may be empty.", "stripe", {
    ...nullable,
    knownValues: gateways,
  }),
  mysqlTime(
    "membership_date_expiration",
    "When the membership runs out, null if never",
    "2026-12-21 23:59:59",
    nullable,
  ),
  url(
    "membership_manage_url",
    "The membership's page in the network admin.",
    `${admin}?page=wp-ultimo-edit-membership&id=7`,
  ),
];

const customerDetails: readonly Field[] = [
  text("customer_name", "Name as shown on the site.", "Robin Example", { ...nullable, ...personal }),
  id("customer_user_id", "Id of the customer's WordPress user.", "9", nullable),
  email("customer_user_email", "E-mail address of the customer's account.", "robin@example.com", nullable),
  text("customer_email_verification", "Whether the e-mail address has been confirmed.", "verified", {
    ...nullable,
    knownValues: ["none", "pending", "verified"],
  }),
  html(
    "customer_avatar",
    "Picture of the customer as a complete HTML image, not a URL.",
    "<img alt='' src='https://avatars.example/robin.png' height='40' width='40'/>",
    personal,
  ),
  text(
    "customer_billing_address",
    "Billing address, a line for each part of it; empty if it is unknown.",
    "Example Bakery\n1 Main Street\nSpringfield",
    personal,
  ),
  url(
    "customer_manage_url",
    "The customer's page in the network admin.",
    `${admin}?page=wp-ultimo-edit-customer&id=5`,
  ),
];

export const customer: readonly Field[] = [
  id(
    "customer_id",
    "Id of the customer. 0 if the customer no longer exists; the other fields then hold invented values.",
    "5",
  ),
  ...customerDetails,
];

/** For what Ultimate Multisite does not send itself: nothing about the customer is invented. */
export const customerOrNull = orNull([id("customer_id", "Id of the customer.", "5"), ...customerDetails]);

const addressPart = { ...sometimes, ...personal };

/** Only the parts that are filled in are sent. */
export const billingAddress: readonly Field[] = [
  text("company_name", "Company on the bill.", "Example Bakery", addressPart),
  email("billing_email", "E-mail address for bills.", "billing@example.com", sometimes),
  text("billing_address_line_1", "Street.", "1 Main Street", addressPart),
  text("billing_address_line_2", "Second line of the street.", "Back door", addressPart),
  text("billing_country", "Country code after ISO 3166-1.", "US", sometimes),
  text("billing_state", "State or province.", "TX", sometimes),
  text("billing_city", "City.", "Springfield", addressPart),
  text("billing_zip_code", "Postal code.", "00000", addressPart),
];

export const site: readonly Field[] = [
  id("site_id", "Id of the site.", 3, nullable),
  text(
    "site_title",
    "Title of the site. Signs such as & may come as they are or as HTML entities.",
    "Example Bakery",
  ),
  text("site_description", "Tagline of the site; may be empty.", "Bread and more"),
  url(
    "site_url",
    "Where visitors see the site, under its own domain if it has one.",
    "https://bakery.example",
  ),
  url("site_admin_url", "Where the site is managed.", "https://network.example/bakery/wp-admin/"),
  url("site_manage_url", "The site's page in the network admin.", `${admin}?page=wp-ultimo-edit-site&id=3`),
];

export const domain: readonly Field[] = [
  id("domain_id", "Id of the domain mapping.", 1),
  text("domain_domain", "The domain itself.", "bakery.example"),
  id("domain_site_id", "Id of the site the domain leads to.", 3),
  text("domain_stage", "How far the set-up of the domain has come.", "checking-dns", {
    knownValues: domainStages,
  }),
  word("domain_active", "Whether the domain is in use", "true"),
  word("domain_primary", "Whether it is the main domain of the site", "true"),
  word("domain_secure", "Whether it is served over HTTPS", "false"),
  mysqlTime("domain_date_created", "When the domain was added", "2026-11-21 23:45:37", nullable),
  url(
    "domain_manage_url",
    "The domain's page in the network admin.",
    `${admin}?page=wp-ultimo-edit-domain&id=1`,
  ),
];

/** The customer of a membership, by id only. */
export const customerId = whole("customer_id", "Id of the customer, null if there is none.", 5, nullable);

export const siteId = whole("site_id", "Id of the site.", 3);

/** A site as WordPress itself knows it. */
export const networkSite: readonly Field[] = [
  siteId,
  whole("network_id", "Id of the network.", 1),
  text("domain", "Host name of the site.", "network.example"),
  text("path", "Path of the site on that host.", "/bakery/"),
  url("url", "Home URL of the site.", "https://network.example/bakery/"),
];

/** A user as WordPress itself knows them. */
export const user: readonly Field[] = [
  whole("user_id", "Id of the user.", 9),
  text("login", "Name used to sign in.", "robin", personal),
  email("email", "E-mail address of the account.", "robin@example.com"),
  text("display_name", "Name as shown on the site.", "Robin Example", personal),
];
