<?php
/**
 * Removes what the plugin has stored. Events that were never handed over are kept with their table.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

if ( ! defined( 'WP_UNINSTALL_PLUGIN' ) ) {
	exit;
}

( static function (): void {
	global $wpdb;
	$table = $wpdb->base_prefix . 'sidehook_outbox';
	// phpcs:disable WordPress.DB -- the table is the plugin's own.
	$is_silent = $wpdb->suppress_errors( true );
	if ( '0' === $wpdb->get_var( "SELECT COUNT(*) FROM $table WHERE state <> 'valve'" ) ) {
		$wpdb->query( "DROP TABLE $table" );
	}
	$wpdb->suppress_errors( $is_silent );
	// phpcs:enable
	$wpdb->query( "DROP TABLE IF EXISTS {$wpdb->base_prefix}sidehook_taken" ); // phpcs:ignore WordPress.DB -- the table is the plugin's own.
	foreach ( get_networks( array( 'fields' => 'ids' ) ) as $network_id ) {
		foreach ( array( 'url', 'key', 'mode', 'archive', 'wanted', 'groups_off', 'takeover', 'breaker', 'failures' ) as $name ) {
			delete_network_option( (int) $network_id, "sidehook_$name" );
		}
	}
	wp_clear_scheduled_hook( 'sidehook_flush' );
} )();
