<?php
/**
 * One thing that happened, as it goes into the outbox.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class Event {

	/** The sidecar takes no more. */
	public const MAX_BYTES = 256 * 1024;

	private const CONTEXT = array(
		'siteId'      => 'is_int',
		'siteUrl'     => 'is_string',
		'actorUserId' => 'is_int',
		'source'      => 'is_string',
		'requestId'   => 'is_string',
	);

	private static string $request_id = '';

	private static int $sequence = 0;

	/**
	 * @param string                    $payload JSON text, sent byte for byte.
	 * @param array<string, int|string> $context Where and by whom.
	 * @param ?string                   $problem Why it can never be sent; null when it can.
	 */
	private function __construct(
		public readonly string $id,
		public readonly string $type,
		public readonly string $payload,
		public readonly array $context,
		public readonly string $occurred_at,
		public readonly int $bytes,
		public readonly ?string $problem
	) {}

	/**
	 * Takes the snapshot: what the payload and the context are now is what receivers get.
	 *
	 * @param array<string, int|string> $context Replaces what is found out here.
	 * @param ?float                    $at      Unix seconds, if it was not just now.
	 */
	public static function happened( string $type, mixed $payload, array $context = array(), ?float $at = null ): self {
		$now   = microtime( true );
		$text  = self::encode( $payload );
		$bytes = strlen( (string) $text );
		$error = match ( true ) {
			null === $text            => 'The payload is not JSON: ' . json_last_error_msg() . '.',
			$bytes > self::MAX_BYTES  => sprintf( 'The payload has %d bytes, more than the %d that are allowed.', $bytes, self::MAX_BYTES ),
			default                   => null,
		};
		return new self(
			id: 'evt_' . self::uuid( $now ),
			type: mb_substr( $type, 0, 191 ),
			payload: null === $error ? (string) $text : '',
			context: isset( $context['sequence'] ) ? $context : $context + self::context(),
			occurred_at: self::time( $at ?? $now ),
			bytes: $bytes,
			problem: $error
		);
	}

	/**
	 * One that was kept outside the database.
	 *
	 * @param array<string, mixed> $kept The properties of an event, as JSON gives them back.
	 */
	public static function kept( array $kept ): self {
		return new self( ...$kept );
	}

	/** A long-running process takes up the next thing to do, as another request would. */
	public static function begin_request(): void {
		self::$request_id = '';
		self::$sequence   = 0;
	}

	/**
	 * @throws \InvalidArgumentException Naming everything that is wrong.
	 */
	public static function validate( string $type, array $payload, array $context ): void {
		$problems = array();
		if ( 1 !== preg_match( '/^[a-z0-9_.]{1,64}$/D', $type ) ) {
			$problems[] = 'the type must be 1 to 64 characters of a-z, 0-9, _ and .';
		}
		if ( array() !== $payload && array_is_list( $payload ) ) {
			$problems[] = 'the payload must have names as keys';
		}
		foreach ( $context as $name => $value ) {
			$is_valid = self::CONTEXT[ $name ] ?? null;
			if ( null === $is_valid ) {
				$problems[] = "the context knows no $name";
			} elseif ( ! $is_valid( $value ) || ( is_int( $value ) && $value < 0 ) ) {
				$problems[] = "the context's $name is of the wrong kind";
			}
		}
		if ( array() !== $problems ) {
			// phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped -- an exception for programmers, never printed by us.
			throw new \InvalidArgumentException( 'Sidehook: ' . implode( '; ', $problems ) . '.' );
		}
	}

	/** A new id: time in front, so that rows and lists stand in the order of what happened. */
	public static function uuid( float $now ): string {
		$milliseconds = (int) ( $now * 1000 );
		$fraction     = (int) ( ( $now * 1000 - $milliseconds ) * 4096 );
		$random       = random_bytes( 8 );
		$random[0]    = chr( ( ord( $random[0] ) & 0x3f ) | 0x80 );
		$hex          = sprintf( '%012x7%03x', $milliseconds, $fraction ) . bin2hex( $random );
		return vsprintf( '%s%s-%s-%s-%s-%s%s%s', str_split( $hex, 4 ) );
	}

	/** As Ultimate Multisite itself posts it; where that cannot be, with the broken characters replaced. */
	private static function encode( mixed $payload ): ?string {
		$text = wp_json_encode( $payload );
		if ( false === $text ) {
			// phpcs:ignore WordPress.WP.AlternativeFunctions.json_encode_json_encode -- wp_json_encode() has just failed.
			$text = json_encode( $payload, JSON_INVALID_UTF8_SUBSTITUTE );
		}
		return false === $text ? null : $text;
	}

	/** RFC 3339 in UTC, to the microsecond. Not with a class for dates: the first of a page loads the time zones. */
	private static function time( float $now ): string {
		list( $seconds, $fraction ) = explode( '.', sprintf( '%.6F', $now ) );
		return gmdate( 'Y-m-d\TH:i:s', (int) $seconds ) . ".{$fraction}Z";
	}

	/**
	 * Where and by whom something happens now.
	 *
	 * @return array<string, int|string>
	 */
	public static function context(): array {
		self::$request_id = self::$request_id ?: bin2hex( random_bytes( 8 ) );
		// Asking for the user before WordPress has found out who it is would find it out too early for others.
		$user_id = did_action( 'init' ) > 0 ? get_current_user_id() : 0;
		return array(
			'networkId' => get_current_network_id(),
			'siteId'    => get_current_blog_id(),
			'siteUrl'   => home_url(),
		) + ( 0 === $user_id ? array() : array( 'actorUserId' => $user_id ) ) + array(
			'source'    => self::source(),
			'requestId' => self::$request_id,
			'sequence'  => ++self::$sequence,
		);
	}

	private static function source(): string {
		return match ( true ) {
			wp_doing_cron()                                         => 'cron',
			'cli' === PHP_SAPI                                      => 'cli',
			defined( 'XMLRPC_REQUEST' ) && XMLRPC_REQUEST           => 'xmlrpc',
			defined( 'REST_REQUEST' ) && REST_REQUEST               => 'rest',
			wp_doing_ajax()                                         => 'ajax',
			is_admin()                                              => 'admin',
			default                                                 => 'web',
		};
	}
}
