import { eventGroup } from "./event-type.ts";
import { decimalText, email, id, ifAny, personal, text, whole, type Field } from "./field.ts";
import { membership, site } from "./field-groups.ts";

/** What happened stands between the site it happened on and these two. */
function activity(fields: readonly Field[]): Field[] {
  return [
    ...site,
    ...ifAny(membership),
    ...fields,
    text("object_type", 'What the event is about: always "site".', "site"),
    id("object_id", "Id of the site.", 3),
  ];
}

function post(type: string): Field[] {
  return activity([
    whole("post_id", "Id of the entry on that site.", 21),
    text("post_title", "Title of the entry.", "Fresh every morning"),
    text("post_type", "Post type of the entry.", type),
    text("post_status", 'State of the entry: always "publish".', "publish"),
    whole("post_author_id", "Id of the user who wrote it.", 9),
  ]);
}

export const subsiteActivity = eventGroup("subsite-activity", "Subsite Activity", [
  {
    type: "subsite_post_created",
    name: "Subsite Post Created",
    source: "ultimate-multisite",
    status: "logged-only",
    description: "A post or a page was published for the first time on a customer's site.",
    since: "2.5.0",
    hooks: ["wu_event_post_save"],
    fields: post("post"),
  },
  {
    type: "subsite_cpt_created",
    name: "Subsite Custom Post Type Entry Created",
    source: "ultimate-multisite",
    status: "logged-only",
    description:
      "An entry of any other post type, such as a product, was published for the first time on a customer's site.",
    since: "2.5.0",
    hooks: ["wu_event_post_save"],
    fields: post("product"),
  },
  {
    type: "subsite_user_registered",
    name: "Subsite User Registered",
    source: "ultimate-multisite",
    status: "logged-only",
    description: "A user was added to a customer's site.",
    since: "2.5.0",
    hooks: ["wu_event_post_save"],
    fields: activity([
      whole("new_user_id", "Id of the user.", 14),
      text("new_user_login", "Name used to sign in.", "sam", personal),
      email("new_user_email", "E-mail address of the user.", "sam@example.com"),
      text("new_user_role", "Role the user has on the site.", "subscriber"),
    ]),
  },
  {
    type: "subsite_woocommerce_order",
    name: "Subsite WooCommerce Order Placed",
    source: "ultimate-multisite",
    status: "logged-only",
    description: "Somebody ordered in the WooCommerce shop of a customer's site.",
    since: "2.5.0",
    hooks: ["wu_event_post_save"],
    fields: activity([
      whole("order_id", "Id of the order on that site.", 55),
      decimalText("order_total", "Sum of the order", "99.00"),
      text("order_status", "State of the order.", "pending"),
      whole("order_items", "How many different items were ordered.", 1),
    ]),
  },
]);
