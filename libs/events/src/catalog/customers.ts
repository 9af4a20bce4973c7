import { eventGroup } from "./event-type.ts";
import { personal, url } from "./field.ts";
import { billingAddress, customer, version } from "./field-groups.ts";

const anyCustomer = [...customer, ...billingAddress, version];

export const customers = eventGroup("customers", "Customers", [
  {
    type: "customer_created",
    name: "Customer Created",
    source: "ultimate-multisite",
    status: "declared-but-dead",
    description: "A customer was added: by a sign-up, an admin or the REST API.",
    fields: anyCustomer,
  },
  {
    type: "customer_updated",
    name: "Customer Updated",
    source: "ultimate-multisite",
    status: "declared-but-dead",
    description:
      "A customer was saved again, for example because the billing address changed or the e-mail address was confirmed. Can happen often.",
    fields: anyCustomer,
  },
  {
    type: "confirm_email_address",
    name: "Email Verification Needed",
    source: "ultimate-multisite",
    status: "live",
    description:
      "A customer has to confirm an e-mail address: after a sign-up, or because the link was asked for again. The payload holds that link, so send it to a place you trust.",
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
]);
