import { eventGroup, ofUltimateMultisite } from "./event-type.ts";
import {
  decimalText,
  field,
  flag,
  ifAny,
  orNull,
  personal,
  sometimes,
  text,
  url,
  whole,
  type Field,
} from "./field.ts";
import {
  billingAddress,
  customer,
  customerOrNull,
  gateways,
  membership,
  missing,
  payment,
  paymentStatuses,
  version,
} from "./field-groups.ts";

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

const anyPayment = [
  ...payment,
  ...ifAny(orNull(membership)),
  ...ifAny(customerOrNull),
  ...billingAddress,
  missing,
  version,
];

const paymentId = whole("payment_id", "Id of the payment.", 12);

export const payments = eventGroup("payments", "Payments", [
  {
    type: "payment_received",
    name: "Payment Received",
    source: "ultimate-multisite",
    status: "live",
    description:
      "A payment went through: by card, by PayPal, confirmed by hand, or a free or trial sign-up with nothing to pay. Not for refunds.",
    hooks: ["wu_event"],
    aliases: [
      {
        type: "payment_successful",
        difference: "It was about completed payments only: look at payment_status.",
      },
    ],
    deprecatedFields: {
      user_id: "customer_user_id",
      amount: "payment_total",
      gateway: "payment_gateway",
      status: "payment_status",
      date: "payment_date_created",
    },
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
    hooks: ["wu_event"],
    aliases: [
      {
        type: "payment_failed",
        difference: "The name has stayed. It was about any failed payment and held its amount.",
      },
    ],
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
    hooks: ["wu_event"],
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
    hooks: ["wu_event"],
    fields: [...payment, ...customer, ...invoice, version],
  },
  {
    type: "payment_created",
    name: "Payment Created",
    source: "ultimate-multisite",
    status: "declared-but-dead",
    description:
      "A payment was added, whatever its state: by a checkout, a renewal, an admin or the REST API.",
    hooks: ["wu_payment_post_save"],
    fields: anyPayment,
  },
  {
    type: "payment_updated",
    name: "Payment Updated",
    source: "ultimate-multisite",
    status: "declared-but-dead",
    description: "A payment was saved again, for example because its state changed. Can happen often.",
    hooks: ["wu_payment_post_save"],
    fields: anyPayment,
  },
  {
    ...ofUltimateMultisite,
    type: "payment_status_changed",
    name: "Payment Status Changed",
    description:
      "A payment went from one state to another, whoever did it: a gateway, an admin or the plugin.",
    hooks: ["wu_transition_payment_status"],
    fields: [
      paymentId,
      text("old_status", 'State before; "new" if the payment was just made.', "pending", {
        knownValues: ["new", ...paymentStatuses],
      }),
      text("new_status", "State now.", "completed", { knownValues: paymentStatuses }),
    ],
  },
  {
    ...ofUltimateMultisite,
    type: "payment_refunded",
    name: "Payment Refunded",
    description: "A payment was given back, all of it or a part.",
    hooks: ["wu_transition_payment_status"],
    aliases: [
      {
        type: "refund_issued",
        difference: "It held the user, the gateway and the date, and no sum given back.",
      },
    ],
    fields: [
      paymentId,
      decimalText("refund_total", "Sum given back so far", "10.00"),
      flag("full", "True if all of it was given back.", false),
    ],
  },
  {
    ...ofUltimateMultisite,
    type: "payment_deleted",
    name: "Payment Deleted",
    description: "A payment was deleted for good.",
    hooks: ["wu_payment_post_delete"],
    fields: [paymentId],
  },
]);
