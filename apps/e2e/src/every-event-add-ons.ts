// What the stand-ins of WooCommerce, WP Multi Network and the add-ons of Ultimate Multisite fire.
import type { Scenario } from "./every-event-scenario.ts";

const makeOrder = `
  $order = new WC_Order( array( 'status' => 'pending', 'currency' => 'EUR', 'total' => '99.00', 'customer_id' => 0, 'billing_email' => 'billing@example.com', 'payment_method' => 'stripe' ) );
  $order->save();
  $order->add_item( new WC_Order_Item_Product( array( 'name' => 'Rye bread', 'product_id' => 7, 'quantity' => 3, 'total' => '99.00' ) ) );`;

const woocommerce: readonly Scenario[] = [
  {
    title: "an order whose items come after it",
    path: "/shop/",
    code: makeOrder,
    events: ["woo_order_created"],
    holds: {
      woo_order_created: {
        site_id: 2,
        total: "99.00",
        customer_id: null,
        items: [{ name: "Rye bread", product_id: 7, quantity: 3, total: "99.00" }],
      },
    },
  },
  {
    title: "an order is paid, completed and given back in part",
    path: "/shop/",
    code: `${makeOrder}
      $order->payment_complete( 'txn_1' );
      wc_create_refund( array( 'order_id' => $order->get_id(), 'amount' => '10.00' ) );`,
    events: ["woo_order_created", "woo_order_status_changed", "woo_order_paid", "woo_order_refunded"],
    isInOrder: true,
    holds: {
      woo_order_status_changed: { old_status: "pending", new_status: "processing", status: "processing" },
      woo_order_refunded: { refund_total: "10.00" },
    },
  },
  {
    title: "the draft of the block checkout becomes an order when it is sent",
    path: "/shop/",
    code: `
      $order = new WC_Order( array( 'status' => 'checkout-draft', 'currency' => 'EUR', 'total' => 99 ) );
      $order->save();
      $order->update_status( 'pending' );`,
    events: ["woo_order_created"],
    holds: { woo_order_created: { status: "pending", total: "99.00" } },
  },
  {
    title: "a customer and a product",
    path: "/shop/",
    code: `
      wc_create_new_customer( 'kim@example.com', 'kim', 'correct-horse' );
      $product = new WC_Product( array( 'name' => 'Rye bread', 'sku' => '', 'price' => '33', 'status' => 'publish' ) );
      $product->save();
      $product->save();
      wc_update_product_stock( $product, 2 );
      wc_update_product_stock( $product, 0 );
      $subscription = new WC_Subscription( array( 'status' => 'active' ) );
      $subscription->save();
      $subscription->update_status( 'cancelled' );`,
    events: [
      "wp_user_created",
      "woo_customer_created",
      "woo_product_created",
      "woo_product_updated",
      "woo_stock_low",
      "woo_stock_none",
      "woo_subscription_status_changed",
    ],
    holds: {
      woo_product_created: { sku: null, price: "33.00" },
      woo_stock_low: { stock: 2 },
      woo_subscription_status_changed: { old_status: "active", new_status: "cancelled" },
    },
  },
];

const domainSeller: readonly Scenario[] = [
  {
    title: "domains are bought, renewed and moved",
    code: `
      $payment = new WP_Ultimo\\Models\\Payment( array() );
      $data    = array( 'domain_name' => 'bakery.example', 'provider_id' => 'namecheap', 'years' => 1, 'expiry_date' => '2027-07-01', 'customer_id' => 5 );
      $domain  = new WP_Ultimo\\Models\\Domain( array( 'domain' => 'bakery.example', 'blog_id' => 2, 'stage' => 'done' ) );
      do_action( 'wu_domain_registration_completed', $payment, $data, array() );
      wu_do_event( 'domain_registered', $data );
      do_action( 'wu_domain_registration_failed', $payment, $data, 'The domain is taken.' );
      do_action( 'wu_domain_renewal_completed', $payment, $data, array() );
      do_action( 'wu_domain_renewal_failed', $payment, $data, 'No money.' );
      do_action( 'wu_domain_transfer_completed', $domain, array() );
      do_action( 'wu_domain_ses_verified', $domain );
      wu_do_event( 'domain_expiring_soon', array( 'domain_name' => 'bakery.example' ) );`,
    events: [
      "domain_registered",
      "domain_registration_failed",
      "domain_renewed",
      "domain_renewal_failed",
      "domain_transferred",
      "domain_ses_verified",
      "domain_expiring_soon",
    ],
    holds: { domain_registered: { payment_id: null, customer_id: 5 } },
  },
];

const networks: readonly Scenario[] = [
  {
    title: "networks come, change and go",
    code: `
      $id = add_network( array( 'domain' => 'second.example', 'path' => '/' ) );
      update_network( $id, 'third.example', '/' );
      update_network( $id, 'fourth.example', '/' );
      move_site( 3, $id );
      move_site( 3, 1 );
      delete_network( $id );
      do_action( 'wu_pending_network_published', new Stand_In_Network( 2 ), new class( array() ) extends WP_Ultimo\\Models\\Base_Model { protected mixed $id = '7'; }, null );`,
    events: [
      "network_created",
      "network_updated",
      "site_moved",
      "site_moved",
      "network_deleted",
      "network_published",
    ],
    holds: {
      network_deleted: { domain: "fourth.example" },
      network_published: { network_id: 2, membership_id: 7 },
    },
  },
];

const multiTenancy: readonly Scenario[] = [
  {
    title: "tenants migrate",
    code: `
      do_action( 'wu_mt_migration_completed', new Stand_In_Migration( 1 ) );
      do_action( 'wu_mt_migration_failed', new Stand_In_Migration( 2 ), 'The target has no room.' );
      do_action( 'wu_mt_migration_cancelled', new Stand_In_Migration( 3 ) );`,
    events: ["tenant_migration_completed", "tenant_migration_failed", "tenant_migration_cancelled"],
    holds: { tenant_migration_failed: { job_id: 2, message: "The target has no room." } },
  },
];

export const addOnScenarios: readonly Scenario[] = [
  ...woocommerce,
  ...domainSeller,
  ...networks,
  ...multiTenancy,
];
