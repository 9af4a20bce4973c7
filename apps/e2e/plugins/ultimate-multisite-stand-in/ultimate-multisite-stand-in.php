<?php
/**
 * Plugin Name: Ultimate Multisite Stand-in
 * Description: For tests: fires what Ultimate Multisite fires, with the same names, functions and argument orders. Nothing else of it is here, and nothing is stored.
 * Network: true
 */

declare( strict_types=1 );

require __DIR__ . '/models.php';
require __DIR__ . '/payloads.php';

use WP_Ultimo\Models\Base_Model;
use WP_Ultimo\Models\Customer;
use WP_Ultimo\Models\Event;
use WP_Ultimo\Models\Membership;
use WP_Ultimo\Models\Payment;

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
