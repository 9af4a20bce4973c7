// What the stand-in of Ultimate Multisite fires, with the names and argument orders of the original.
import type { Scenario } from "./every-event-scenario.ts";

const make = `
  use WP_Ultimo\\Models\\{Customer, Domain, Membership, Payment, Product, Site};
  $customer = new Customer( array(
    'display_name' => 'Robin Example', 'user_id' => 1, 'user_email' => 'robin@example.com', 'email_verification' => 'pending',
    'billing_address' => array( 'company_name' => 'Example Bakery', 'billing_address_line_2' => '', 'billing_country' => 'US' ),
  ) );
  $membership = fn () => new Membership( array(
    'customer_id' => $customer->get_id(), 'status' => 'pending', 'plan_id' => 1, 'amount' => 29.9, 'initial_amount' => 29.9, 'currency' => 'USD',
    'gateway' => 'stripe', 'date_expiration' => '2026-12-21 23:59:59', 'billing_address' => array( 'billing_city' => 'Springfield' ),
  ) );
  $payment = fn ( int $membership_id, int $customer_id ) => new Payment( array(
    'membership_id' => $membership_id, 'customer_id' => $customer_id, 'status' => 'pending', 'subtotal' => 29.9, 'tax_total' => 0.0,
    'total' => 29.9, 'currency' => 'USD', 'gateway' => 'stripe',
  ) );
`;
/** Without what making them tells. */
const made = `${make}
  remove_all_actions( 'wu_customer_post_save' ); remove_all_actions( 'wu_membership_post_save' ); remove_all_actions( 'wu_payment_post_save' );
  $customer->save();
  $m = $membership(); $m->save();
  $p = $payment( $m->get_id(), $customer->get_id() ); $p->save();
`;
const newStates = ["membership_status_changed", "payment_status_changed"];
const about = (...names: string[]) =>
  names
    .map((name) => `wu_generate_event_payload( '${name}', $${name === "customer" ? name : name[0]} )`)
    .join(" + ");

const live: readonly Scenario[] = [
  {
    title: "payments and memberships that Ultimate Multisite tells of itself",
    code: `${made}
      wu_do_event( 'payment_received', ${about("payment", "membership", "customer")} );
      wu_do_event( 'payment_failed', ${about("membership", "customer")} + array( 'payment_gateway' => 'stripe' ) );
      wu_do_event( 'renewal_payment_created', array( 'default_payment_url' => 'https://network.example/register/' ) + ${about("payment", "membership", "customer")} );
      wu_do_event( 'invoice_sent', ${about("payment", "customer")} + array( 'payment_url' => false, 'invoice_message' => '' ) );
      wu_do_event( 'membership_expired', ${about("membership", "customer")} );
      wu_do_event( 'confirm_email_address', array( 'verification_link' => 'https://network.example?email-verification-key=x' ) + ${about("customer")} );`,
    events: [
      ...newStates,
      "payment_received",
      "payment_failed",
      "renewal_payment_created",
      "invoice_sent",
      "membership_expired",
      "confirm_email_address",
    ],
  },
  {
    title: "sites and domains that Ultimate Multisite tells of itself",
    code: `${made}
      $s = new class( array() ) extends WP_Ultimo\\Models\\Base_Model { protected mixed $id = 2; };
      $d = new Domain( array( 'domain' => 'bakery.example', 'blog_id' => 2, 'stage' => 'checking-dns' ) );
      wu_do_event( 'site_published', ${about("site", "membership", "customer")} );
      wu_do_event( 'domain_created', ${about("domain", "site", "membership", "customer")} );
      wu_do_event( 'demo_site_expiring', array(
        'site' => array( 'id' => 2 ), 'membership' => array( 'id' => 1 ), 'customer' => array( 'id' => 1 ), 'demo_expires_at' => '2026-11-22 00:50:58',
        'demo_time_remaining' => '1 hour', 'site_admin_url' => get_admin_url( 2 ), 'site_url' => get_home_url( 2 ),
      ) );`,
    events: [...newStates, "site_published", "domain_created", "demo_site_expiring"],
  },
];

const loggedOnly: readonly Scenario[] = [
  {
    title: "what Ultimate Multisite writes into its log only, beside what is no event",
    code: `${made}
      $s = new class( array() ) extends WP_Ultimo\\Models\\Base_Model { protected mixed $id = 2; };
      $log = fn ( string $slug, array $payload ) => wu_create_event( compact( 'slug', 'payload' ) );
      $log( 'checkout_started', array( 'form_slug' => 'main-form', 'user_id' => 0, 'ip_address' => '203.0.113.9', 'referrer' => '' ) );
      $cart = array( 'plan_id' => 2, 'plan_slug' => 'premium', 'cart_type' => 'new', 'is_free' => false );
      $log( 'checkout_step_completed', array( 'customer_id' => 5, 'membership_id' => 7 ) + $cart );
      $log( 'checkout_completed', array( 'customer_id' => 5, 'membership_id' => 7, 'payment_id' => 12, 'payment_total' => '29.9000', 'payment_status' => 'completed', 'gateway' => 'stripe' ) + $cart );
      wu_do_event( 'checkout_completed', array( 'customer_id' => '5', 'membership_id' => '7', 'payment_id' => '12', 'payment_total' => 29.9, 'payment_status' => 'completed', 'gateway' => 'stripe' ) + $cart );
      $log( 'checkout_failed', array( 'error_codes' => array( 'invalid-coupon' ), 'error_messages' => array( 'invalid-coupon' => 'This coupon is not valid.' ), 'user_id' => 0 ) );
      $log( 'checkout_failed', array( 'error_codes' => array( 'no-plan' ), 'error_messages' => array( 'no-plan' => 'No plan.' ), 'user_id' => 0 ) );
      $around = fn ( array $payload ) => ${about("site", "membership")} + $payload + array( 'object_type' => 'site', 'object_id' => 2 );
      $post = array( 'post_id' => 21, 'post_title' => 'Fresh', 'post_type' => 'post', 'post_status' => 'publish', 'post_author_id' => 1 );
      $log( 'subsite_post_created', $around( $post ) );
      $log( 'subsite_cpt_created', $around( array( 'post_type' => 'product' ) + $post ) );
      $log( 'subsite_user_registered', $around( array( 'new_user_id' => 14, 'new_user_login' => 'sam', 'new_user_email' => 'sam@example.com', 'new_user_role' => 'subscriber' ) ) );
      $log( 'subsite_woocommerce_order', $around( array( 'order_id' => 55, 'order_total' => '99.00', 'order_status' => 'pending', 'order_items' => 1 ) ) );
      $log( 'changed', array( 'key' => 'event_count', 'old_value' => 1, 'new_value' => 2 ) );
      wu_create_event( array( 'slug' => 'checkout_started', 'object_type' => 'webhook', 'payload' => array( 'message' => 'Sent' ) ) );`,
    events: [
      ...newStates,
      "checkout_started",
      "checkout_step_completed",
      "checkout_completed",
      "checkout_failed",
      "checkout_failed",
      "subsite_post_created",
      "subsite_cpt_created",
      "subsite_user_registered",
      "subsite_woocommerce_order",
    ],
    holds: { subsite_cpt_created: { post_type: "product" } },
  },
];

const models: readonly Scenario[] = [
  {
    title: "models are made, and saved again and again",
    code: `${make}
      $customer->save(); $customer->save();
      $m = $membership(); $m->save(); $m->set( 'amount', 39.9 )->save(); $m->save();
      $p = $payment( $m->get_id(), $customer->get_id() ); $p->save(); $p->set( 'gateway', 'manual' )->save();`,
    events: [
      ...newStates,
      "customer_created",
      "customer_updated",
      "membership_created",
      "membership_updated",
      "payment_created",
      "payment_updated",
    ],
    holds: {
      customer_created: { customer_id: 1, company_name: "Example Bakery" },
      membership_updated: {
        membership_amount_raw: 39.9,
        customer_name: "Robin Example",
        billing_city: "Springfield",
      },
      payment_created: { payment_gateway: "stripe", membership_id: "1", customer_id: "1" },
      payment_updated: { payment_gateway: "manual" },
    },
  },
  {
    title: "a repaired Ultimate Multisite tells of its models itself, and nothing is told twice",
    code: `${make}
      $dispatch = function ( array $data, object $model, bool $is_new ) {
        $payload = wu_generate_event_payload( $model->model, $model );
        wu_do_event( $model->model . ( $is_new ? '_created' : '_updated' ), $payload + array( 'by' => 'itself' ) );
      };
      add_action( 'wu_customer_post_save', $dispatch, 10, 3 );
      $customer->save(); $customer->save(); $customer->save();`,
    events: ["customer_created", "customer_updated"],
    holds: { customer_created: { by: "itself" }, customer_updated: { by: "itself" } },
  },
  {
    title: "a customer is gone: nobody is invented",
    code: `${make}
      $customer->save();
      $m = $membership();
      $m->save();
      $customer->vanish();
      $p = $payment( $m->get_id(), $customer->get_id() ); $p->save();`,
    events: [...newStates, "customer_created", "membership_created", "payment_created"],
    holds: {
      payment_created: {
        customer_id: null,
        customer_name: null,
        customer_avatar: null,
        missing: ["customer"],
      },
    },
  },
  {
    title: "a payment without a membership, and one whose membership is gone",
    code: `${make}
      $customer->save();
      $payment( 0, $customer->get_id() )->save();
      $payment( 99, $customer->get_id() )->save();`,
    events: [
      "customer_created",
      "payment_status_changed",
      "payment_status_changed",
      "payment_created",
      "payment_created",
    ],
  },
  {
    title: "states, plans and ends of memberships and payments",
    code: `${made}
      $customer->set( 'email_verification', 'verified' )->save();
      $m->set( 'plan_id', 2 )->save();
      $m->renew( true, 'active', '2027-01-01 00:00:00' );
      do_action( 'wu_stripe_subscription_status_changed', $m, 'past_due', 'active', new stdClass() );
      $m->cancel( 'We close the shop.' );
      $p->set( 'status', 'completed' )->save();
      $p->set( 'refund_total', 10.0 )->set( 'status', 'partially-refunded' )->save();`,
    events: [
      ...newStates,
      "customer_verified",
      "membership_plan_changed",
      "membership_status_changed",
      "membership_renewed",
      "subscription_status_changed",
      "membership_status_changed",
      "membership_cancelled",
      "payment_status_changed",
      "payment_status_changed",
      "payment_refunded",
    ],
    holds: {
      membership_plan_changed: { old_plan_id: 1, new_plan_id: 2, customer_id: 1 },
      membership_renewed: { date_expiration: "2027-01-01T00:00:00Z" },
      membership_cancelled: { cancellation_reason: "We close the shop." },
      payment_refunded: { refund_total: "10.00", full: false },
    },
  },
  {
    title: "models are deleted",
    code: `${made}
      $product = new Product( array() );
      $product->save();
      $p->delete(); $m->delete(); $customer->delete(); $product->delete();`,
    events: [...newStates, "payment_deleted", "membership_deleted", "customer_deleted", "product_deleted"],
  },
];

const sitesAndDomains: readonly Scenario[] = [
  {
    title: "Ultimate Multisite makes a site, and deletes it",
    code: `${make}
      $site = new Site( array( 'path' => '/bakery/', 'title' => 'Example Bakery', 'description' => 'Bread and more' ) );
      $site->save();
      do_action( 'wu_duplicate_site', array( 'site_id' => 3 ) );
      do_action( 'wu_after_switch_template', 3 );
      do_action( 'wu_before_demo_site_deleted', $site, false, false );`,
    events: [
      "wp_site_created",
      "wp_user_added_to_site",
      "site_created_by_um",
      "site_duplicated",
      "site_template_switched",
      "demo_site_deleted",
    ],
    holds: { site_created_by_um: { site_title: "Example Bakery", site_description: "Bread and more" } },
  },
  {
    title: "Ultimate Multisite deletes a site",
    code: `${make}
      $site = new class( array() ) extends WP_Ultimo\\Models\\Base_Model { public string $model = 'site'; };
      ( fn ( int $id ) => $this->id = $id )->call( $site, $site_id( '/bakery/' ) );
      do_action( 'wu_site_post_delete', false, $site );
      do_action( 'wu_site_post_delete', (bool) wp_delete_site( $site->get_id() ), $site );`,
    events: ["wp_user_removed_from_site", "wp_site_deleted", "site_deleted"],
  },
  {
    title: "a domain is mapped, gets ready, and is removed",
    code: `${make}
      $domain = new Domain( array( 'domain' => 'bakery.example', 'blog_id' => 2, 'stage' => 'checking-dns', 'primary_domain' => true ) );
      $domain->save();
      do_action( 'wu_domain_manager_dns_propagation_finished', $domain );
      $domain->set( 'stage', 'done' )->save();
      $domain->delete();`,
    events: [
      "domain_stage_changed",
      "domain_mapped",
      "domain_primary_changed",
      "domain_dns_ready",
      "domain_stage_changed",
      "domain_deleted",
      "domain_removed",
    ],
    holds: { domain_mapped: { domain_domain: "bakery.example", site_id: 2 } },
  },
];

export const ultimateMultisiteScenarios: readonly Scenario[] = [
  ...live,
  ...loggedOnly,
  ...models,
  ...sitesAndDomains,
];
