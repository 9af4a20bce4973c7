<?php
/**
 * Plugin Name: Actions
 * Description: Does something and tells of it, and kills a process at a step of that. Never installed outside tests.
 * Network: true
 *
 * `/?act=<n>&end=COMMIT|ROLLBACK|auto` writes the number into the table `actions` and sends the event `action_done` with
 * it, both in one transaction unless the end is `auto`. `&step=<step>&pid=<pid>` kills that process with SIGKILL at that
 * step; pid 0 is the PHP worker itself. `&late` waits until the request to the sidecar is under way.
 */

declare( strict_types=1 );

if ( ! isset( $_GET['act'] ) ) {
	return;
}

function actions_step( string $step ): void {
	if ( $step !== ( $_GET['step'] ?? '' ) ) {
		return;
	}
	$_GET['step'] = '';
	$pid          = (int) $_GET['pid'];
	file_put_contents( ABSPATH . 'reached', "{$_GET['act']}\n", FILE_APPEND | LOCK_EX );
	if ( isset( $_GET['late'] ) ) {
		exec( sprintf( '(sleep 0.%03d; kill -9 %d) > /dev/null 2>&1 &', random_int( 2, 12 ), $pid ) );
		return;
	}
	posix_kill( 0 === $pid ? getmypid() : $pid, 9 );
	// Until it is really gone.
	while ( 0 !== $pid && posix_kill( $pid, 0 ) ) {
		usleep( 1000 );
	}
}

add_filter(
	'query',
	static function ( $query ) {
		match ( true ) {
			str_contains( $query, 'SET claim_token = ' ) => actions_step( 'claiming' ),
			str_contains( $query, 'AND claim_token = ' ) && str_starts_with( $query, 'SELECT' ) => actions_step( 'claimed' ),
			str_starts_with( $query, 'DELETE outbox' ) => actions_step( 'deleting' ),
			default => null,
		};
		return $query;
	}
);
add_filter(
	'pre_http_request',
	static function ( $answer ) {
		actions_step( 'sending' );
		return $answer;
	}
);
add_filter(
	'http_response',
	static function ( $answer ) {
		actions_step( 'answered' );
		return $answer;
	}
);

add_action(
	'init',
	static function (): void {
		global $wpdb;
		$number = (int) $_GET['act'];
		$end    = (string) $_GET['end'];
		actions_step( 'begin' );
		if ( 'auto' !== $end ) {
			$wpdb->query( 'START TRANSACTION' );
		}
		$wpdb->query( "INSERT INTO actions (number) VALUES ($number)" );
		actions_step( 'changed' );
		sidehook_send_event( 'action_done', array( 'number' => $number ) );
		actions_step( 'recorded' );
		if ( 'auto' !== $end ) {
			$wpdb->query( $end );
		}
		actions_step( 'ended' );
		// After the bridge's own: the last thing of the request.
		add_action( 'shutdown', static fn () => actions_step( 'deleted' ), PHP_INT_MAX );
		exit;
	}
);
