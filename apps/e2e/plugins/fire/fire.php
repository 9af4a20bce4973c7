<?php
/**
 * Plugin Name: Fire
 * Description: Lets a test make things happen in an ordinary page request. Never installed outside tests.
 * Network: true
 *
 * `/?fire=<slug>&times=<n>` with a JSON payload as body does `do_action( 'wu_event', … )` n times, as
 * Ultimate Multisite does it, and answers the payload as WordPress encodes it and how long the page took.
 */

declare( strict_types=1 );

add_action(
	'template_redirect',
	static function (): void {
		if ( ! isset( $_GET['fire'] ) ) {
			return;
		}
		$payload = json_decode( (string) file_get_contents( 'php://input' ), true ) ?? array();
		for ( $i = 0; $i < (int) ( $_GET['times'] ?? 1 ); $i++ ) {
			do_action( 'wu_event', (string) $_GET['fire'], $payload );
		}
		echo wp_json_encode( $payload );
		exit;
	}
);
