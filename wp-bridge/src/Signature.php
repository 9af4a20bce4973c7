<?php
/**
 * Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class Signature {

	/** How far a timestamp may lie from our clock, in seconds, either way. */
	public const TOLERANCE = 300;

	private const PREFIX = 'whsec_';

	/** Tells whether a text is a usable secret: base64 of 24 to 64 bytes, with or without `whsec_`. */
	public static function is_secret( string $secret ): bool {
		$length = strlen( (string) self::decode( $secret ) );
		return $length >= 24 && $length <= 64;
	}

	/**
	 * @param string $body The exact bytes that are sent.
	 * @return string `v1,<base64>`
	 */
	public static function sign( string $secret, string $id, int $timestamp, string $body ): string {
		// phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions.obfuscation_base64_encode -- the standard says so.
		return 'v1,' . base64_encode( hash_hmac( 'sha256', "$id.$timestamp.$body", (string) self::decode( $secret ), true ) );
	}

	/**
	 * @param string[] $secrets    Several while one replaces another.
	 * @param string   $signatures The header: one or more, separated by spaces.
	 * @param string   $body       The exact bytes received.
	 */
	public static function verify( array $secrets, string $id, string $timestamp, string $signatures, string $body, int $now ): bool {
		if ( '' === $id || 1 !== preg_match( '/^\d{1,15}$/D', $timestamp ) || abs( $now - (int) $timestamp ) > self::TOLERANCE ) {
			return false;
		}
		foreach ( $secrets as $secret ) {
			// An unusable secret among good ones is a mistake of ours: nothing is let through until it is noticed.
			if ( ! self::is_secret( $secret ) ) {
				return false;
			}
		}
		foreach ( $secrets as $secret ) {
			$expected = self::sign( $secret, $id, (int) $timestamp, $body );
			foreach ( explode( ' ', $signatures ) as $given ) {
				if ( hash_equals( $expected, $given ) ) {
					return true;
				}
			}
		}
		return false;
	}

	private static function decode( string $secret ): ?string {
		$encoded = str_starts_with( $secret, self::PREFIX ) ? substr( $secret, strlen( self::PREFIX ) ) : $secret;
		if ( 1 !== preg_match( '/^[A-Za-z0-9+\/]+={0,2}$/D', $encoded ) ) {
			return null;
		}
		// phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions.obfuscation_base64_decode -- the standard says so.
		$bytes = base64_decode( $encoded, true );
		return false === $bytes ? null : $bytes;
	}
}
