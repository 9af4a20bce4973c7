<?php
/**
 * Removes what the plugin has stored. Events that were never handed over are kept, with their table and their files,
 * unless wp-config.php says `define( 'SIDEHOOK_REMOVE_EVENTS', true );`.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

if ( ! defined( 'WP_UNINSTALL_PLUGIN' ) ) {
	exit;
}

( static function (): void {
	global $wpdb;
	$may_remove_events = defined( 'SIDEHOOK_REMOVE_EVENTS' ) && true === SIDEHOOK_REMOVE_EVENTS;
	$spool             = WP_CONTENT_DIR . '/uploads/sidehook-spool';
	$spooled           = glob( "$spool/evt_*" ) ?: array();
	if ( array() === $spooled || $may_remove_events ) {
		$others = array( ...( glob( "$spool/options-*" ) ?: array() ), ...( glob( "$spool/*.new" ) ?: array() ), "$spool/index.php", "$spool/.htaccess" );
		array_map( 'wp_delete_file', array( ...$spooled, ...$others ) );
		// phpcs:ignore WordPress.PHP.NoSilencedErrors -- it may never have been there.
		@rmdir( $spool );
	}
	$outbox = $wpdb->base_prefix . 'sidehook_outbox';
	// phpcs:disable WordPress.DB -- the tables and options are the plugin's own.
	$is_silent = $wpdb->suppress_errors( true );
	if ( $may_remove_events || '0' === $wpdb->get_var( "SELECT COUNT(*) FROM $outbox WHERE state IN ('pending', 'dead')" ) ) {
		$wpdb->query( "DROP TABLE IF EXISTS $outbox" );
	}
	$wpdb->query( "DROP TABLE IF EXISTS {$wpdb->base_prefix}sidehook_taken" );
	$wpdb->suppress_errors( $is_silent );
	$options = $wpdb->get_results( "SELECT site_id, meta_key FROM $wpdb->sitemeta WHERE meta_key LIKE 'sidehook\_%' OR meta_key LIKE '\_site\_transient\_%sidehook\_%'" );
	// phpcs:enable
	foreach ( $options as $option ) {
		delete_network_option( (int) $option->site_id, $option->meta_key );
	}
	wp_clear_scheduled_hook( 'sidehook_flush' );
} )();
