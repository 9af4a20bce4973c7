<?php
/**
 * What the sidecar has answered a browser.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Admin;

use Sidehook\Answer;

final class Reply {

	/** The longest list has a tenth of it. */
	public const MAX_BYTES = 2097152;

	private const FRAGMENT_POLICY = "default-src 'none'; sandbox";

	/**
	 * @param ?string               $location Where it leads instead of answering.
	 * @param array<string, string> $headers  Those that a browser gets, by their names.
	 * @param ?string               $problem  Why there is no answer to show, for the network admin.
	 */
	private function __construct(
		public readonly int $status,
		public readonly string $body,
		public readonly ?string $location,
		private readonly array $headers,
		public readonly ?string $problem
	) {}

	/** @param array<string, mixed>|\WP_Error $response Of the HTTP API. */
	public static function from( array|\WP_Error $response ): self {
		$problem = self::find_problem( $response );
		if ( null !== $problem ) {
			return new self( 502, '', null, array(), $problem );
		}
		$read = static fn ( string $name ): string => (string) wp_remote_retrieve_header( $response, $name );
		return new self(
			status: (int) wp_remote_retrieve_response_code( $response ),
			body: wp_remote_retrieve_body( $response ),
			location: '' === $read( 'location' ) ? null : $read( 'location' ),
			headers: array_filter(
				array(
					'content-type'        => $read( 'content-type' ),
					'content-disposition' => $read( 'content-disposition' ),
					// What is the same for everybody may be kept, but not by a cache that serves others: it asks nobody who they are.
					'cache-control'       => str_replace( 'public', 'private', $read( 'cache-control' ) ),
				)
			),
			problem: null
		);
	}

	/** A page, asked for by a person: a script of the pages wants only the part that is ours. */
	public function is_for_frame(): bool {
		// phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- compared with one value.
		$is_script = 'empty' === ( $_SERVER['HTTP_SEC_FETCH_DEST'] ?? '' );
		return str_starts_with( $this->headers['content-type'] ?? '', 'text/html' ) && ! $is_script;
	}

	/** What the page is about, as its heading says; plain text. */
	public function title(): string {
		preg_match( '~<h1[^>]*>(.*?)</h1>~s', $this->body, $found );
		return wp_strip_all_tags( $found[1] ?? '', true );
	}

	/** As it is: a style, a script, a picture, a file to keep, a part of a page. */
	public function send(): void {
		foreach ( array( 'Expires', 'Pragma', 'Cache-Control', 'Last-Modified' ) as $name ) {
			header_remove( $name );
		}
		status_header( $this->status );
		foreach ( $this->headers as $name => $value ) {
			header( "$name: $value" );
		}
		header( 'x-content-type-options: nosniff' );
		// Opened by itself, none of it may do anything in the name of WordPress.
		header( 'content-security-policy: ' . self::FRAGMENT_POLICY );
		// phpcs:ignore WordPress.Security.EscapeOutput -- the sidecar has escaped it, or it is no HTML.
		echo $this->body;
	}

	/** @param array<string, mixed>|\WP_Error $response Of the HTTP API. */
	private static function find_problem( array|\WP_Error $response ): ?string {
		$answer = Answer::from( $response );
		if ( 0 === $answer->status || '1' !== wp_remote_retrieve_header( $response, 'sidehook-page' ) ) {
			/* translators: %s: what the sidecar said, or why it said nothing */
			return sprintf( __( 'The pages of the sidecar cannot be shown now. %s', 'sidehook' ), $answer->describe() );
		}
		if ( strlen( wp_remote_retrieve_body( $response ) ) > self::MAX_BYTES ) {
			return __( 'This page of the sidecar is too large to be shown here.', 'sidehook' );
		}
		return null;
	}
}
