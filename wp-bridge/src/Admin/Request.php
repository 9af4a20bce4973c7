<?php
/**
 * What a browser asks of the sidecar's pages.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Admin;

final class Request {

	/** No form of the pages is larger; the sidecar refuses it as well. */
	private const MAX_FORM_BYTES = 262144;

	private const MAX_ADDRESS_BYTES = 4096;

	/** Parameters that are WordPress's, not the page's. */
	private const OURS = array( 'page', 'path' );

	private function __construct(
		private readonly string $method,
		private readonly string $path,
		private readonly string $form
	) {}

	/** Ends the request with a sentence where it is none that a page could have sent. */
	public static function from_web(): self {
		// phpcs:disable WordPress.Security.ValidatedSanitizedInput -- compared with what is allowed, byte for byte.
		$method = (string) ( $_SERVER['REQUEST_METHOD'] ?? '' );
		$type   = (string) ( $_SERVER['CONTENT_TYPE'] ?? '' );
		$query  = (string) ( $_SERVER['QUERY_STRING'] ?? '' );
		// phpcs:enable
		if ( ! in_array( $method, array( 'GET', 'HEAD', 'POST' ), true ) ) {
			self::refuse( 405 );
		}
		if ( 'POST' !== $method ) {
			return new self( 'GET', self::path( $query ), '' );
		}
		// Files come in another form, of which PHP keeps nothing that could be passed on: the pages take none.
		if ( ! str_starts_with( strtolower( $type ), 'application/x-www-form-urlencoded' ) ) {
			self::refuse( 415 );
		}
		return new self( 'POST', self::path( $query ), self::form() );
	}

	public function is_change(): bool {
		return 'POST' === $this->method;
	}

	/** @param array<string, mixed> $surroundings Who asks, and how the page is to fit in. */
	public function to_json( array $surroundings ): string {
		$request = array(
			'method' => $this->method,
			'path'   => $this->path,
			'form'   => $this->form,
		);
		return wp_json_encode( $request + $surroundings, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE | JSON_THROW_ON_ERROR );
	}

	/** As the sidecar knows it, with its query: PHP's own reading would lose names that come twice. */
	private static function path( string $query ): string {
		$path  = '/';
		$theirs = array();
		foreach ( explode( '&', $query ) as $pair ) {
			list( $name, $value ) = explode( '=', $pair, 2 ) + array( '', '' );
			if ( 'path' === $name && '' !== $value ) {
				$path = urldecode( $value );
			} elseif ( '' !== $name && ! in_array( $name, self::OURS, true ) ) {
				$theirs[] = $pair;
			}
		}
		if ( strlen( $query ) > self::MAX_ADDRESS_BYTES || 1 !== preg_match( '~^/[\w.@:,%/-]*$~D', $path ) ) {
			self::refuse( 400 );
		}
		return $path . ( array() === $theirs ? '' : '?' . implode( '&', $theirs ) );
	}

	private static function form(): string {
		$form = (string) file_get_contents( 'php://input', false, null, 0, self::MAX_FORM_BYTES + 1 );
		if ( strlen( $form ) > self::MAX_FORM_BYTES ) {
			self::refuse( 413 );
		}
		return $form;
	}

	private static function refuse( int $status ): never {
		wp_die( esc_html__( 'This is no request of a page of Sidehook. Nothing was changed.', 'sidehook' ), '', array( 'response' => absint( $status ) ) );
	}
}
