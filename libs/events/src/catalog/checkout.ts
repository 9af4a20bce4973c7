import { eventGroup } from "./event-type.ts";
import { amount, flag, id, list, nullable, personal, record, sometimes, text, url, whole } from "./field.ts";
import { gateways, paymentStatuses } from "./field-groups.ts";

const cartTypes = ["new", "retry", "upgrade", "downgrade", "addon", "renewal", "display"];

const customerId = id("customer_id", "Id of the customer, 0 if there is none.", 5);
const membershipId = id("membership_id", "Id of the membership, 0 if there is none.", 7);
const visitorId = whole("user_id", "Id of the user who is signed in, 0 if none is.", 0);

const cart = {
  planId: id("plan_id", "Id of the plan, 0 if there is none.", 2),
  planSlug: text("plan_slug", "Short name of the plan; may be empty.", "premium"),
  type: text("cart_type", "What the checkout is for.", "new", { knownValues: cartTypes }),
  isFree: flag("is_free", "True if there is nothing to pay.", false),
};

export const checkout = eventGroup("checkout", "Checkout", [
  {
    type: "checkout_started",
    name: "Checkout Started",
    source: "ultimate-multisite",
    status: "logged-only",
    description: "A visitor opened a checkout page. Some versions of Ultimate Multisite do not report it.",
    since: "2.5.0",
    hooks: ["wu_event_post_save"],
    fields: [
      text("form_slug", "Short name of the checkout form; may be empty.", "main-form"),
      visitorId,
      text(
        "ip_address",
        "Address of the visitor. It can come from a header that anybody may set; may be empty.",
        "203.0.113.9",
        personal,
      ),
      url("referrer", "The page the visitor came from; may be empty.", "https://network.example/pricing/"),
    ],
  },
  {
    type: "checkout_step_completed",
    name: "Checkout Step Completed",
    source: "ultimate-multisite",
    status: "logged-only",
    description:
      "An order was put together: customer, membership and payment exist, but nothing is paid yet.",
    since: "2.5.0",
    hooks: ["wu_event_post_save"],
    fields: [customerId, membershipId, cart.planId, cart.planSlug, cart.type, cart.isFree],
  },
  {
    type: "checkout_completed",
    name: "Checkout Completed",
    source: "ultimate-multisite",
    status: "logged-only",
    description: "A checkout went through to its end.",
    since: "2.5.0",
    hooks: ["wu_event_post_save"],
    fields: [
      customerId,
      membershipId,
      id("payment_id", "Id of the payment, 0 if there is none.", 12),
      amount("payment_total", "Sum to pay", 29.9),
      text("payment_status", "State of the payment; may be empty.", "completed", {
        knownValues: paymentStatuses,
      }),
      cart.planId,
      cart.planSlug,
      cart.type,
      text("gateway", "How it was paid; may be empty.", "stripe", { ...nullable, knownValues: gateways }),
      cart.isFree,
    ],
  },
  {
    type: "checkout_failed",
    name: "Checkout Failed",
    source: "ultimate-multisite",
    status: "logged-only",
    description:
      "A checkout stopped at an error: something was filled in wrongly, or the payment was refused. Some versions of Ultimate Multisite do not report it.",
    since: "2.5.0",
    hooks: ["wu_event_post_save"],
    fields: [
      text("checkout_form", "Name of the checkout form.", "main-form", sometimes),
      list("error_codes", "What went wrong, as short codes.", ["invalid-coupon"]),
      record("error_messages", "A message for each of the codes.", {
        "invalid-coupon": "This coupon is not valid.",
      }),
      visitorId,
    ],
  },
]);
