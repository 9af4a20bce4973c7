<?php
/**
 * Lets run what WordPress has printed, and nothing that a payload may have smuggled into a page.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Admin;

/**
 * WordPress's own frame is full of inline scripts. Each script of it gets a number that is good for this page only. The
 * sidecar is told the number for the one script of its pages; its answer is put in afterwards, as it is.
 */
final class Policy {

	private static string $number = '';

	private static string $untouched = '';

	/** The same for all of a request. */
	public static function number(): string {
		return self::$number = '' === self::$number ? bin2hex( random_bytes( 16 ) ) : self::$number;
	}

	/** Before the first byte of the page. */
	public static function enforce(): void {
		$policy = array(
			// Scripts that WordPress runs may load others, as those of other plugins do.
			"script-src 'nonce-" . self::number() . "' 'strict-dynamic'",
			"object-src 'none'",
			"base-uri 'none'",
			"form-action 'self'",
			"frame-ancestors 'self'",
		);
		header( 'content-security-policy: ' . implode( '; ', $policy ) );
		ob_start( self::admit( ... ) );
	}

	/** Text that gets no number. */
	public static function print_untouched( string $html ): void {
		self::$untouched = $html;
		echo '<!--', esc_html( self::$number ), '-->';
	}

	/** Without quotes, because the text of a script may hold a tag as well. */
	private static function admit( string $page ): string {
		$page = (string) preg_replace( '~<script(?=[\s>])~i', '<script nonce=' . self::$number, $page );
		return str_replace( '<!--' . self::$number . '-->', self::$untouched, $page );
	}
}
