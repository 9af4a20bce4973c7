<?php
/**
 * Plugin Name: Ultimate Multisite Stand-in
 * Description: For tests: fires what Ultimate Multisite fires, with the same names, functions and argument orders, and sends webhooks as it does. Nothing else of it is here, and nothing but webhooks and its log is stored.
 * Network: true
 */

declare( strict_types=1 );

require __DIR__ . '/models.php';
require __DIR__ . '/payloads.php';
require __DIR__ . '/webhooks.php';
require __DIR__ . '/webhook-manager.php';

use WP_Ultimo\Models\Base_Model;
use WP_Ultimo\Models\Customer;
use WP_Ultimo\Models\Event;
use WP_Ultimo\Models\Membership;
use WP_Ultimo\Models\Payment;
use WP_Ultimo\Models\Webhook;

register_activation_hook( __FILE__, 'stand_in_create_tables' );

/** Mails go out before webhooks, on the same event. */
add_action(
	'wu_event',
	static function ( string $slug ): void {
		if ( get_network_option( null, 'stand_in_mails' ) ) {
			wp_mail( 'owner@network.example', "Event: $slug", 'It happened.' );
			stand_in_log( $slug, 'mail', 0 );
		}
	}
);

function stand_in_create_tables(): void {
	global $wpdb;
	Webhook::create_table();
	$wpdb->query( "CREATE TABLE IF NOT EXISTS {$wpdb->base_prefix}wu_events (id bigint(20) NOT NULL AUTO_INCREMENT PRIMARY KEY, slug varchar(255) NOT NULL, object_type varchar(20) NOT NULL, object_id bigint(20) NOT NULL)" );
}

function stand_in_log( string $slug, string $object_type, int $object_id ): void {
	global $wpdb;
	$wpdb->insert( "{$wpdb->base_prefix}wu_events", compact( 'slug', 'object_type', 'object_id' ) );
}

/** The nine that are ever sent, and those that can only be chosen. */
function wu_get_event_types(): array {
	$slugs = array( 'payment_received', 'payment_failed', 'site_published', 'confirm_email_address', 'domain_created', 'renewal_payment_created', 'invoice_sent', 'membership_expired', 'demo_site_expiring', 'checkout_started', 'checkout_step_completed', 'checkout_completed', 'checkout_failed', 'subsite_post_created', 'subsite_cpt_created', 'subsite_user_registered', 'subsite_woocommerce_order' );
	return array_fill_keys( $slugs, array( 'payload' => array( 'sample' => true, 'wu_version' => wu_get_version() ) ) );
}

function wu_create_webhook( array $data ): Webhook|WP_Error {
	$webhook = new Webhook( $data );
	$saved   = $webhook->save();
	return is_wp_error( $saved ) ? $saved : $webhook;
}

function wu_get_webhook( int $id ): Webhook|false {
	return Webhook::find_row( $id );
}

/** @return list<Webhook> */
function wu_get_webhooks( array $query = array() ): array {
	return Webhook::get_all( $query );
}

function WP_Ultimo(): object {
	return new class() {
		public function is_loaded(): bool {
			return false; // Its admin menu is not here.
		}
	};
}

function wu_get_version(): string {
	return '2.4.13';
}

/** As the event manager fires what its own webhooks would send. */
function wu_do_event( string $slug, array $payload ): void {
	$payload['wu_version'] = wu_get_version();
	do_action( 'wu_event', $slug, $payload );
	do_action( "wu_event_$slug", $payload );
	stand_in_log( $slug, 'event', 0 );
}

/** What it writes into its log only. */
function wu_create_event( array $data ): Event {
	$event = new Event( $data + array( 'object_type' => 'network' ) );
	$event->save();
	return $event;
}

function wu_get_customer( int $id ): Customer|false {
	return Base_Model::find( Customer::class, $id );
}

function wu_get_membership( int $id ): Membership|false {
	return Base_Model::find( Membership::class, $id );
}

function wu_get_payment( int $id ): Payment|false {
	return Base_Model::find( Payment::class, $id );
}
