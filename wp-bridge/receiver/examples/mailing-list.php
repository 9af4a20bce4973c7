<?php
/**
 * Adds each new user of the network, with name and address, to a mailing list.
 *
 * Put it and sidehook-receiver.php on a web server, and make a webhook with its URL for User Created.
 * WEBHOOK_SECRET is the webhook's secret, LIST_URL and LIST_KEY come from the provider of the list.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

use Sidehook\Receiver\Event;
use Sidehook\Receiver\FolderStore;
use Sidehook\Receiver\Refused;

use function Sidehook\Receiver\receive_once;

require __DIR__ . '/../sidehook-receiver.php';

function add_to_list( Event $event ): void {
	if ( 'wp_user_created' !== $event->type || $event->is_test ) {
		return;
	}
	$member  = array(
		'email' => $event->payload['email'],
		'name'  => $event->payload['display_name'],
	);
	$request = array(
		'method'        => 'POST',
		'header'        => array( 'content-type: application/json', 'authorization: Bearer ' . getenv( 'LIST_KEY' ) ),
		'content'       => json_encode( $member, JSON_THROW_ON_ERROR ),
		'timeout'       => 10,
		'ignore_errors' => false,
	);
	// On an error, also one the provider answers, Sidehook is told 500 and comes again.
	if ( false === @file_get_contents( getenv( 'LIST_URL' ) . '/members', false, stream_context_create( array( 'http' => $request ) ) ) ) {
		throw new RuntimeException( 'The list did not take the member.' );
	}
}

try {
	$store = new FolderStore( getenv( 'STORE_FOLDER' ) ?: sys_get_temp_dir() . '/sidehook-received' );
	receive_once( (string) getenv( 'WEBHOOK_SECRET' ), $store, add_to_list( ... ) );
	http_response_code( 204 );
} catch ( Refused $refused ) {
	http_response_code( $refused->status );
} catch ( Throwable $error ) {
	error_log( $error->getMessage() );
	http_response_code( 500 );
}
