<?php
/**
 * Where the sidecar is, the key shared with it, and what the bridge may do.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

/** Each setting: constant in wp-config.php, else environment, else network option, else default. */
final class Config {

	public const MODES = array( 'observe', 'takeover', 'off' );

	/** Without a slash at its end; empty when not set. */
	public function url(): string {
		return rtrim( $this->read( 'URL' ), '/' );
	}

	/** The bridge key, `whsec_…`; empty when not set. Never to be printed. */
	public function key(): string {
		return $this->read( 'KEY' );
	}

	/** @return 'observe'|'takeover'|'off' */
	public function mode(): string {
		$mode = $this->read( 'MODE' );
		$mode = in_array( $mode, self::MODES, true ) ? $mode : 'observe';
		return 'takeover' === $mode && Staging::is_elsewhere( $this->key() ) ? 'observe' : $mode;
	}

	/** Whether events are recorded that no webhook wants. */
	public function is_archive(): bool {
		return in_array( strtolower( $this->read( 'ARCHIVE' ) ), array( '1', 'true', 'on', 'yes' ), true );
	}

	/** How many events may wait for the sidecar before some are no longer recorded. */
	public function max_rows(): int {
		return $this->read_count( 'OUTBOX_MAX_ROWS', 200000 );
	}

	/** The same, in bytes of their payloads. */
	public function max_bytes(): int {
		return $this->read_count( 'OUTBOX_MAX_BYTES', 1024 * 1024 * 1024 );
	}

	/** Why nothing can be sent, in words for the network admin; null when all is set. */
	public function problem(): ?string {
		if ( '' === $this->url() || '' === $this->key() ) {
			return __( 'The bridge does not know its sidecar yet.', 'sidehook' );
		}
		if ( ! in_array( wp_parse_url( $this->url(), PHP_URL_SCHEME ), array( 'http', 'https' ), true ) || ! wp_parse_url( $this->url(), PHP_URL_HOST ) ) {
			return __( 'SIDEHOOK_URL is not an http or https address.', 'sidehook' );
		}
		if ( ! Signature::is_secret( $this->key() ) ) {
			return __( 'SIDEHOOK_KEY is not a key: it begins with whsec_ and holds 24 to 64 bytes in base64.', 'sidehook' );
		}
		if ( Staging::is_elsewhere( $this->key() ) ) {
			return __( 'The network has another address than the one that SIDEHOOK_KEY belongs to, as a copy of it has: nothing is sent.', 'sidehook' );
		}
		return null;
	}

	/** A sidecar on this machine answers within milliseconds, or refuses at once. */
	public function is_on_loopback(): bool {
		$host = (string) wp_parse_url( $this->url(), PHP_URL_HOST );
		return in_array( $host, array( 'localhost', '[::1]', '::1' ), true ) || str_starts_with( $host, '127.' );
	}

	private function read_count( string $name, int $otherwise ): int {
		$text = $this->read( $name );
		return ctype_digit( $text ) && (int) $text > 0 ? (int) $text : $otherwise;
	}

	private function read( string $name ): string {
		$constant = "SIDEHOOK_$name";
		if ( defined( $constant ) ) {
			return (string) constant( $constant );
		}
		$variable = getenv( $constant );
		if ( is_string( $variable ) && '' !== $variable ) {
			return $variable;
		}
		return (string) Options::get( strtolower( $constant ) );
	}
}
