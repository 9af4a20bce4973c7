import { eventGroup, ofUltimateMultisite } from "./event-type.ts";
import { whole } from "./field.ts";

export const products = eventGroup("products", "Products", [
  {
    ...ofUltimateMultisite,
    type: "product_deleted",
    name: "Product Deleted",
    description: "A plan, a package or a service of Ultimate Multisite was deleted for good.",
    hooks: ["wu_product_post_delete"],
    fields: [whole("product_id", "Id of the product.", 2)],
  },
]);
