<?php
/**
 * Reads the network options that recording needs.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class Options {

	private const NAMES = array( 'sidehook_wanted', 'sidehook_archive', 'sidehook_mode', 'sidehook_groups_off' );

	/** With one statement: WordPress takes one for each, also for those that do not exist. */
	public static function prime(): void {
		if ( function_exists( 'wp_prime_network_option_caches' ) ) {
			wp_prime_network_option_caches( get_current_network_id(), self::NAMES );
		} elseif ( ! wp_using_ext_object_cache() ) {
			self::prime_by_hand( get_current_network_id() );
		}
	}

	/** What WordPress does since 6.6, for those before it. */
	private static function prime_by_hand( int $network_id ): void {
		global $wpdb;
		$marks = implode( ',', array_fill( 0, count( self::NAMES ), '%s' ) );
		$rows  = $wpdb->get_results( $wpdb->prepare( "SELECT meta_key, meta_value FROM $wpdb->sitemeta WHERE site_id = %d AND meta_key IN ($marks)", $network_id, ...self::NAMES ) );
		$found = array_column( $rows, 'meta_value', 'meta_key' );
		foreach ( $found as $name => $value ) {
			wp_cache_set( "$network_id:$name", maybe_unserialize( $value ), 'site-options' );
		}
		$missing = array_fill_keys( array_diff( self::NAMES, array_keys( $found ) ), true );
		wp_cache_set( "$network_id:notoptions", $missing + ( wp_cache_get( "$network_id:notoptions", 'site-options' ) ?: array() ), 'site-options' );
	}
}
