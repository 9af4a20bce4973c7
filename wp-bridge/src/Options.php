<?php
/**
 * The network options that recording needs.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

/**
 * The database has them, and the first event of a page would wait for it twice: so each web server keeps a copy in a file
 * for some seconds. What a page decides may be as old as that; what comes after it, and whoever changes one of them, asks
 * WordPress. The command line has no copy, as it runs long and often as another user; an object cache needs none.
 */
final class Options {

	private const NAMES = array( 'sidehook_wanted', 'sidehook_archive', 'sidehook_mode', 'sidehook_groups_off', 'sidehook_full', 'sidehook_home' );

	/** What was changed on another web server, or past WordPress's functions, holds here as late as this. */
	private const FRESH_SECONDS = 5;

	/** @var ?array{network_id: int, read_at: float, values: array<string, mixed>} Null: WordPress is asked. */
	private static ?array $copy = null;

	/** Whether the copy is to be kept for the next requests. */
	private static bool $is_new = false;

	/**
	 * With one statement at most: WordPress takes one for each, also for those that do not exist.
	 *
	 * Where the database does not answer they are taken as not set, so that everything is recorded: WordPress would wait
	 * for it, and then end the page.
	 *
	 * @param bool $is_in_transaction What is seen there is not for others: it may be old, or undone.
	 */
	public static function prime( Table $table, bool $is_in_transaction ): void {
		$network_id = get_current_network_id();
		if ( wp_using_ext_object_cache() ) {
			if ( function_exists( 'wp_prime_network_option_caches' ) ) {
				wp_prime_network_option_caches( $network_id, self::NAMES );
			}
		} elseif ( 'cli' === PHP_SAPI ) {
			self::prime_by_hand( $table, $network_id );
		} else {
			self::$copy = self::read_file( $network_id );
			if ( null === self::$copy ) {
				$read_at      = microtime( true );
				$values       = self::prime_by_hand( $table, $network_id );
				self::$is_new = null !== $values && ! $is_in_transaction;
				self::$copy   = compact( 'network_id', 'read_at' ) + array( 'values' => $values ?? array() );
			}
		}
	}

	/** As `get_network_option()` with its filters; false when it is not set. */
	public static function get( string $name ): mixed {
		$network_id = get_current_network_id();
		if ( $network_id !== ( self::$copy['network_id'] ?? null ) || ! in_array( $name, self::NAMES, true ) ) {
			return get_network_option( $network_id, $name );
		}
		// phpcs:disable Sidehook.Naming.Prefix.Argument -- WordPress's own filters.
		$value = apply_filters( "pre_site_option_$name", false, $name, $network_id, false );
		if ( false !== $value ) {
			return $value;
		}
		return isset( self::$copy['values'][ $name ] )
			? apply_filters( "site_option_$name", self::$copy['values'][ $name ], $name, $network_id )
			: apply_filters( "default_site_option_$name", false, $name, $network_id );
		// phpcs:enable
	}

	/** The page has decided what it had to. */
	public static function let_go(): void {
		if ( self::$is_new ) {
			Spool::put( self::file( self::$copy['network_id'] ), (string) wp_json_encode( self::$copy ) );
		}
		self::$copy   = null;
		self::$is_new = false;
	}

	/** @param mixed ...$more What WordPress's actions say of a network option that has changed: the last is the network. */
	public static function forget( mixed $name = null, mixed ...$more ): void {
		if ( in_array( $name, self::NAMES, true ) ) {
			self::$copy   = null;
			self::$is_new = false;
			$file         = self::file( (int) end( $more ) );
			if ( is_file( $file ) ) {
				wp_delete_file( $file );
			}
		}
	}

	/**
	 * As WordPress does it, since 6.6.
	 *
	 * @return ?array<string, mixed> Those that are set; null when the database does not answer.
	 */
	private static function prime_by_hand( Table $table, int $network_id ): ?array {
		global $wpdb;
		$rows   = $table->read( "SELECT meta_key, meta_value FROM $wpdb->sitemeta WHERE site_id = $network_id AND meta_key IN ('" . implode( "','", self::NAMES ) . "')" );
		$values = array_map( maybe_unserialize( ... ), array_column( $rows ?? array(), 'meta_value', 'meta_key' ) );
		foreach ( $values as $name => $value ) {
			wp_cache_set( "$network_id:$name", $value, 'site-options' );
		}
		$missing = array_fill_keys( array_diff( self::NAMES, array_keys( $values ) ), true );
		wp_cache_set( "$network_id:notoptions", $missing + ( wp_cache_get( "$network_id:notoptions", 'site-options' ) ?: array() ), 'site-options' );
		return null === $rows ? null : $values;
	}

	/** @return ?array{network_id: int, read_at: float, values: array<string, mixed>} */
	private static function read_file( int $network_id ): ?array {
		// phpcs:ignore WordPress.PHP.NoSilencedErrors -- often there is none; asking first would be another look at the disk.
		$text = (string) @file_get_contents( self::file( $network_id ) );
		$copy = json_decode( substr( $text, strlen( Bridge::GUARD ) ), true );
		$age  = microtime( true ) - ( $copy['read_at'] ?? 0.0 );
		return $age >= 0 && $age < self::FRESH_SECONDS ? $copy : null;
	}

	/** Several networks, and several WordPresses, may have their files in one folder. */
	private static function file( int $network_id ): string {
		global $wpdb;
		return Bridge::FOLDER . '/options-' . md5( DB_HOST . ' ' . DB_NAME . " $wpdb->base_prefix $network_id" ) . '.php';
	}
}
