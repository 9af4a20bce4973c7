import { eventGroup, ofWooCommerce } from "./event-type.ts";
import { decimalText, email, list, nullable, text, whole, type Field } from "./field.ts";
import { siteId, user } from "./field-groups.ts";

const orderStatuses = ["pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed"];

const order: readonly Field[] = [
  siteId,
  whole("order_id", "Id of the order on that site.", 55),
  text("number", "Number of the order, as the shop shows it.", "55"),
  text("status", "State of the order.", "processing", { knownValues: orderStatuses }),
  text("currency", "Currency code after ISO 4217.", "EUR"),
  decimalText("total", "Sum of the order", "99.00"),
  whole("customer_id", "Id of the user who ordered, null for guests.", 9, nullable),
  email("billing_email", "E-mail address for the bill.", "billing@example.com", nullable),
  text("payment_method", "How it is paid.", "stripe", nullable),
  list("items", "What was ordered: name, product_id, quantity and total of each line.", [
    { name: "Rye bread", product_id: 7, quantity: 3, total: "99.00" },
  ]),
];

const productId = whole("product_id", "Id of the product on that site.", 7);
const productName = text("name", "Name of the product.", "Rye bread");

const states: readonly Field[] = [
  text("old_status", "State before.", "active"),
  text("new_status", "State now.", "cancelled"),
];

export const woocommerce = eventGroup("woocommerce", "WooCommerce", [
  {
    ...ofWooCommerce,
    type: "woo_order_created",
    name: "Order Created",
    description: "Somebody ordered in a shop, or an admin or a program added an order.",
    since: "3.0.0",
    hooks: ["woocommerce_new_order"],
    fields: order,
  },
  {
    ...ofWooCommerce,
    type: "woo_order_status_changed",
    name: "Order Status Changed",
    description: "An order of a shop went from one state to another.",
    since: "2.x",
    hooks: ["woocommerce_order_status_changed"],
    fields: [
      ...order,
      text("old_status", "State before.", "pending", { knownValues: orderStatuses }),
      text("new_status", "State now.", "processing", { knownValues: orderStatuses }),
    ],
  },
  {
    ...ofWooCommerce,
    type: "woo_order_paid",
    name: "Order Paid",
    description: "An order of a shop was paid.",
    since: "2.x",
    hooks: ["woocommerce_payment_complete"],
    fields: order,
  },
  {
    ...ofWooCommerce,
    type: "woo_order_refunded",
    name: "Order Refunded",
    description: "The money for an order was given back, all of it or a part.",
    since: "2.2.0",
    hooks: ["woocommerce_order_refunded"],
    fields: [
      ...order,
      whole("refund_id", "Id of the refund on that site.", 56),
      decimalText("refund_total", "Sum given back", "10.00"),
    ],
  },
  {
    ...ofWooCommerce,
    type: "woo_customer_created",
    name: "Shop Customer Created",
    description: "Somebody made an account in a shop. User Created tells of it as well.",
    since: "2.x",
    hooks: ["woocommerce_created_customer"],
    fields: user,
  },
  {
    ...ofWooCommerce,
    type: "woo_product_created",
    name: "Product Created",
    description: "A product was added to a shop.",
    since: "3.0.0",
    hooks: ["woocommerce_new_product"],
    fields: [
      siteId,
      productId,
      productName,
      text("sku", "Article number.", "RYE-1", nullable),
      decimalText("price", "Price, null if none is set", "33.00", nullable),
      text("status", "State of its page in the shop.", "publish"),
    ],
  },
  {
    ...ofWooCommerce,
    type: "woo_product_updated",
    name: "Product Updated",
    description: "A product of a shop was saved again. Can happen often.",
    since: "3.0.0",
    hooks: ["woocommerce_update_product"],
    fields: [siteId, productId, productName],
  },
  {
    ...ofWooCommerce,
    type: "woo_stock_low",
    name: "Stock Low",
    description: "Fewer of a product are left than the shop wants to have.",
    since: "2.x",
    hooks: ["woocommerce_low_stock"],
    fields: [siteId, productId, whole("stock", "How many are left.", 2)],
  },
  {
    ...ofWooCommerce,
    type: "woo_stock_none",
    name: "Out Of Stock",
    description: "None of a product is left.",
    since: "2.x",
    hooks: ["woocommerce_no_stock"],
    fields: [siteId, productId],
  },
  {
    ...ofWooCommerce,
    type: "woo_subscription_status_changed",
    name: "Subscription Status Changed",
    description:
      "A repeated order of a shop went from one state to another. Needs the plugin WooCommerce Subscriptions.",
    hooks: ["woocommerce_subscription_status_updated"],
    fields: [siteId, whole("subscription_id", "Id of the repeated order on that site.", 60), ...states],
  },
]);
