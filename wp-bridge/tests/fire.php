<?php
/**
 * Stands for other plugins: does during a request of the web what the tests ask for in the query.
 *
 * @package Sidehook
 */

// `?idle`: answers with the statements about our own things that a request without events makes, and our files that it loads.
if ( isset( $_GET['idle'] ) ) {
	$statements = array();
	add_filter(
		'query',
		static function ( $query ) use ( &$statements ) {
			if ( str_contains( $query, 'sidehook' ) && ! str_contains( $query, 'active_sitewide_plugins' ) ) {
				$statements[] = $query;
			}
			return $query;
		}
	);
	register_shutdown_function(
		static function () use ( &$statements ) {
			$folder = realpath( WP_PLUGIN_DIR . '/sidehook' ) . '/';
			$files  = array_filter( get_included_files(), static fn ( $file ) => str_starts_with( $file, $folder ) );
			echo wp_json_encode( array( $statements, array_map( static fn ( $file ) => substr( $file, strlen( $folder ) ), array_values( $files ) ) ) );
		}
	);
	add_action( 'template_redirect', static fn () => exit() );
}

// `&mode=off`: what the option says.
if ( isset( $_GET['mode'] ) ) {
	add_filter( 'default_site_option_sidehook_mode', static fn () => $_GET['mode'] );
}

// `?fire=3`: three events, with `&transaction` in one; answers with the milliseconds and the statements they took.
add_action(
	'init',
	static function (): void {
		if ( ! isset( $_GET['fire'] ) ) {
			return;
		}
		if ( isset( $_GET['transaction'] ) ) {
			$GLOBALS['wpdb']->query( 'START TRANSACTION' );
		}
		$before = $GLOBALS['wpdb']->num_queries;
		$begun  = hrtime( true );
		for ( $i = 0; $i < (int) $_GET['fire']; $i++ ) {
			do_action(
				'wu_event',
				'payment_received',
				array(
					'payment_id' => $i,
					'padding'    => str_repeat( 'x', 1700 ),
					'wu_version' => '2.4.13',
				)
			);
		}
		$taken      = hrtime( true ) - $begun;
		$statements = $GLOBALS['wpdb']->num_queries - $before;
		if ( isset( $_GET['transaction'] ) ) {
			$GLOBALS['wpdb']->query( 'COMMIT' );
		}
		header( 'content-type: application/json' );
		echo wp_json_encode( array( 'milliseconds' => $taken / 1e6, 'statements' => $statements ) );
		exit;
	}
);

// `?rename`: renames a user, and breaks.
add_action(
	'init',
	static function (): void {
		if ( isset( $_GET['rename'] ) ) {
			wp_update_user( array( 'ID' => 3, 'display_name' => uniqid() ) );
			throw new RuntimeException( 'another plugin fails' );
		}
	}
);
