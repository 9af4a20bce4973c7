import { eventGroup, ofUltimateMultisite } from "./event-type.ts";
import { personal, url, whole } from "./field.ts";
import { billingAddress, customer, version } from "./field-groups.ts";

const anyCustomer = [...customer, ...billingAddress, version];

const customerId = whole("customer_id", "Id of the customer.", 5);

export const customers = eventGroup("customers", "Customers", [
  {
    type: "customer_created",
    name: "Customer Created",
    source: "ultimate-multisite",
    status: "declared-but-dead",
    description: "A customer was added: by a sign-up, an admin or the REST API.",
    hooks: ["wu_customer_post_save"],
    aliases: [
      {
        type: "account_created",
        difference: "It told of the user, the site and the plan at once; each has events of its own now.",
      },
    ],
    fields: anyCustomer,
  },
  {
    type: "customer_updated",
    name: "Customer Updated",
    source: "ultimate-multisite",
    status: "declared-but-dead",
    description:
      "A customer was saved again, for example because the billing address changed or the e-mail address was confirmed. Can happen often.",
    hooks: ["wu_customer_post_save"],
    fields: anyCustomer,
  },
  {
    type: "confirm_email_address",
    name: "Email Verification Needed",
    source: "ultimate-multisite",
    status: "live",
    description:
      "A customer has to confirm an e-mail address: after a sign-up, or because the link was asked for again. The payload holds that link, so send it to a place you trust.",
    hooks: ["wu_event"],
    fields: [
      url(
        "verification_link",
        "The link that confirms the address, once. Whoever has it can confirm: keep it secret.",
        "https://network.example?email-verification-key=OOOB3M60YF&customer=888N3A9QA5",
        personal,
      ),
      ...customer,
      version,
    ],
  },
  {
    ...ofUltimateMultisite,
    type: "customer_verified",
    name: "Customer Email Verified",
    description: "A customer confirmed the e-mail address.",
    hooks: ["wu_transition_customer_email_verification"],
    fields: [customerId],
  },
  {
    ...ofUltimateMultisite,
    type: "customer_deleted",
    name: "Customer Deleted",
    description: "A customer was deleted for good. The WordPress user may live on.",
    hooks: ["wu_customer_post_delete"],
    aliases: [
      {
        type: "account_deleted",
        difference: "It was about the WordPress user, of whose end wp_user_deleted tells now.",
      },
    ],
    fields: [customerId],
  },
]);
