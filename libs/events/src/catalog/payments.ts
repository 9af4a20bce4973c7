import { eventGroup } from "./event-type.ts";
import { field, flag, ifAny, personal, sometimes, text, url, type Field } from "./field.ts";
import { billingAddress, customer, gateways, membership, payment, version } from "./field-groups.ts";

/** Sent by newer versions of Ultimate Multisite only. */
const paymentNotice: readonly Field[] = [
  flag("payment_is_paid", "True if the sum is more than zero.", true, sometimes),
  flag("payment_is_free_signup", "True if the sum is zero and there is no trial.", false, sometimes),
  flag("payment_is_trial", "True if the membership is on trial.", false, sometimes),
  text(
    "payment_email_customer_subject",
    "Subject of a mail to the customer.",
    "Payment confirmed",
    sometimes,
  ),
  text(
    "payment_email_customer_intro",
    "First sentence of a mail to the customer.",
    "Thank you, we have received your payment of $ 29.90.",
    sometimes,
  ),
  text(
    "payment_email_admin_subject",
    "Subject of a mail to the network admin.",
    "Payment received: $ 29.90 from Robin Example",
    { ...sometimes, ...personal },
  ),
  text(
    "payment_email_admin_intro",
    "First sentence of a mail to the network admin.",
    "Robin Example has paid $ 29.90.",
    { ...sometimes, ...personal },
  ),
];

const invoice: readonly Field[] = [
  field(
    {
      name: "payment_url",
      types: ["string", "boolean"],
      canonicalType: "string",
      description: "Link by which anybody can pay; the empty text or false if there is nothing to pay.",
      example: "https://network.example/register/?payment=JJJ3D4413J",
    },
    { format: "url" },
  ),
  text("invoice_message", "What the admin wrote to the customer.", "Thank you for staying with us."),
];

const anyPayment = [...payment, ...ifAny(membership), ...ifAny(customer), ...billingAddress, version];

export const payments = eventGroup("payments", "Payments", [
  {
    type: "payment_received",
    name: "Payment Received",
    source: "ultimate-multisite",
    status: "live",
    description:
      "A payment went through: by card, by PayPal, confirmed by hand, or a free or trial sign-up with nothing to pay. Not for refunds.",
    fields: [...payment, ...ifAny(membership), ...ifAny(customer), ...paymentNotice, version],
  },
  {
    type: "payment_failed",
    name: "Recurring Payment Failed",
    source: "ultimate-multisite",
    status: "live",
    description:
      "Stripe or PayPal could not collect a recurring payment. They try again, so one unpaid period can cause several events.",
    since: "2.4.12",
    fields: [
      ...membership,
      ...customer,
      text("payment_gateway", "Who reported it.", "stripe", { knownValues: gateways }),
      version,
    ],
  },
  {
    type: "renewal_payment_created",
    name: "New Renewal Payment Created",
    source: "ultimate-multisite",
    status: "live",
    description:
      "A membership is due and a payment waits for the customer; until it is paid the membership is on hold.",
    fields: [
      url(
        "default_payment_url",
        "Link by which the new payment can be made.",
        "https://network.example/register/?payment=JJJ3D4413J",
      ),
      ...payment,
      ...membership,
      ...customer,
      version,
    ],
  },
  {
    type: "invoice_sent",
    name: "Invoice Sent",
    source: "ultimate-multisite",
    status: "live",
    description: "A network admin sent a customer the invoice of a payment, for the first time or again.",
    since: "2.4.12",
    fields: [...payment, ...customer, ...invoice, version],
  },
  {
    type: "payment_created",
    name: "Payment Created",
    source: "ultimate-multisite",
    status: "declared-but-dead",
    description:
      "A payment was added, whatever its state: by a checkout, a renewal, an admin or the REST API.",
    fields: anyPayment,
  },
  {
    type: "payment_updated",
    name: "Payment Updated",
    source: "ultimate-multisite",
    status: "declared-but-dead",
    description: "A payment was saved again, for example because its state changed. Can happen often.",
    fields: anyPayment,
  },
]);
