<?php
/**
 * Pages that measure what the bridge costs them: a must-use plugin of the bench, see tools/bench-bridge.ts and tools/bench-bridge-pages.ts.
 *
 * Each prints `#bench {"ms": …, "statements": …}` as its last line.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

if ( ! isset( $_GET['bench'] ) ) {
	return;
}

$GLOBALS['bench_ms']  = array();
$GLOBALS['bench_cpu'] = array();

/** Milliseconds of the processor that this process has used: other programs on the machine do not change them. */
function bench_cpu(): float {
	$usage = getrusage();
	return 1000 * ( $usage['ru_utime.tv_sec'] + $usage['ru_stime.tv_sec'] ) + ( $usage['ru_utime.tv_usec'] + $usage['ru_stime.tv_usec'] ) / 1000;
}

function bench_note( string $part, int $begun, float $cpu ): void {
	$GLOBALS['bench_ms'][ $part ]  = ( hrtime( true ) - $begun ) / 1e6;
	$GLOBALS['bench_cpu'][ $part ] = bench_cpu() - $cpu;
}

if ( isset( $_GET['sidecar'] ) ) {
	define( 'SIDEHOOK_URL', (string) $_GET['sidecar'] );
}

// Another copy of the bridge in the place of the active one, or none.
if ( isset( $_GET['bridge'] ) ) {
	add_filter(
		'site_option_active_sitewide_plugins',
		static fn ( $plugins ) => array_diff_key( (array) $plugins, array( 'sidehook/sidehook.php' => true ) ) + ( 'inactive' === $_GET['bridge'] ? array() : array( "{$_GET['bridge']}/sidehook.php" => 1 ) )
	);
}

// As after some seconds without an event.
if ( isset( $_GET['pause'] ) ) {
	array_map( 'unlink', glob( WP_CONTENT_DIR . '/uploads/sidehook-spool/options-*' ) );
}

// The bridge is the only plugin, and this the last must-use plugin: it is loaded between the end of this file and here.
add_action( 'network_plugin_loaded', static fn () => bench_note( 'load', ...$GLOBALS['bench_begun'] ), PHP_INT_MIN );

add_filter(
	'site_option_sidehook_wanted',
	static fn () => array(
		'patterns'   => 'unwanted' === $_GET['bench'] ? array( 'site_*' ) : array( 'site_*', 'payment_*', 'wp_user_*' ),
		'is_archive' => false,
		'checked_at' => $_SERVER['REQUEST_TIME_FLOAT'],
	)
);

add_action(
	'init',
	static function (): void {
		global $wpdb;
		$payload = array(
			'payment_id' => 5,
			'padding'    => str_repeat( 'x', 1700 ),
			'wu_version' => '2.4.13',
		);
		if ( 'idle' === $_GET['bench'] ) {
			return;
		}
		if ( 'page' === $_GET['bench'] ) {
			for ( $i = 0; $i < (int) $_GET['events']; $i++ ) {
				do_action( 'wu_event', 'payment_received', $payload );
			}
			exit( '#page' );
		}
		if ( 'change' === $_GET['bench'] ) {
			update_option( 'bench', microtime() );
		}
		if ( 'transaction' === $_GET['bench'] ) {
			$wpdb->query( 'START TRANSACTION' );
		}
		if ( 'second' === $_GET['bench'] ) {
			do_action( 'wu_event', 'payment_received', $payload );
		}
		$begun = array( hrtime( true ), bench_cpu() );
		do_action( 'wu_event', 'payment_received', $payload );
		bench_note( 'event', ...$begun );
		if ( 'transaction' === $_GET['bench'] ) {
			$wpdb->query( 'COMMIT' );
		}
		exit;
	},
	PHP_INT_MAX
);

// Before the bridge lets the visitor go: what it does for the sidecar afterwards is not the page's time.
add_action(
	'shutdown',
	static function (): void {
		if ( 'page' === $_GET['bench'] ) {
			return;
		}
		$part = $_GET['part'] ?? 'event';
		echo "\n#bench ", wp_json_encode(
			array(
				'ms'         => $GLOBALS['bench_ms'][ $part ] ?? 1000 * ( microtime( true ) - $_SERVER['REQUEST_TIME_FLOAT'] ),
				'cpuMs'      => $GLOBALS['bench_cpu'][ $part ] ?? bench_cpu() - $GLOBALS['bench_begun'][1],
				'statements' => $GLOBALS['wpdb']->num_queries,
			)
		);
	},
	PHP_INT_MAX - 1
);

$GLOBALS['bench_begun'] = array( hrtime( true ), bench_cpu() );
