<?php
/**
 * Reads the network options that recording needs.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class Options {

	private const NAMES = array( 'sidehook_wanted', 'sidehook_archive', 'sidehook_mode', 'sidehook_groups_off', 'sidehook_full', 'sidehook_home' );

	/**
	 * With one statement: WordPress takes one for each, also for those that do not exist.
	 *
	 * Where the database does not answer they are taken as not set, so that everything is recorded: WordPress would wait
	 * for it, and then end the page.
	 */
	public static function prime( Table $table ): void {
		if ( ! wp_using_ext_object_cache() ) {
			self::prime_by_hand( $table, get_current_network_id() );
		} elseif ( function_exists( 'wp_prime_network_option_caches' ) ) {
			wp_prime_network_option_caches( get_current_network_id(), self::NAMES );
		}
	}

	/** As WordPress does it, since 6.6. */
	private static function prime_by_hand( Table $table, int $network_id ): void {
		global $wpdb;
		$rows  = $table->read( "SELECT meta_key, meta_value FROM $wpdb->sitemeta WHERE site_id = $network_id AND meta_key IN ('" . implode( "','", self::NAMES ) . "')" );
		$found = array_column( $rows ?? array(), 'meta_value', 'meta_key' );
		foreach ( $found as $name => $value ) {
			wp_cache_set( "$network_id:$name", maybe_unserialize( $value ), 'site-options' );
		}
		$missing = array_fill_keys( array_diff( self::NAMES, array_keys( $found ) ), true );
		wp_cache_set( "$network_id:notoptions", $missing + ( wp_cache_get( "$network_id:notoptions", 'site-options' ) ?: array() ), 'site-options' );
	}
}
