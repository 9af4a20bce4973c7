<?php
/**
 * For people who write receivers of Sidehook in PHP: from a request to an event that can be trusted.
 *
 * Copy this one file; it needs PHP 8.1 and nothing else, also no WordPress.
 *
 *     require 'sidehook-receiver.php';
 *
 *     try {
 *         $event = Sidehook\Receiver\receive( getenv( 'WEBHOOK_SECRET' ) );
 *         if ( 'payment_received' === $event->type ) {
 *             book( $event->normalized()['payment_total_raw'] ); // "29.90"
 *         }
 *         http_response_code( 204 );
 *     } catch ( Sidehook\Receiver\Refused $refused ) {
 *         http_response_code( $refused->status );
 *     }
 *
 * @package Sidehook
 * @license MIT
 */

declare( strict_types=1 );

namespace Sidehook\Receiver;

/** No delivery is larger: a payload has at most 256 KiB, and what stands around it in an envelope is short. */
const MAX_BODY_BYTES = 1024 * 1024;

/** How far a timestamp may lie from our clock, in seconds, either way. */
const TOLERANCE_SECONDS = 300;

/** As long as one signed request can be used; its time may lie before or after ours. */
const CLAIM_SECONDS = 2 * TOLERANCE_SECONDS;

/** Longer than Sidehook goes on trying to deliver an event with its usual retry schedule. */
const REMEMBER_SECONDS = 4 * 24 * 60 * 60;

/** A request that must not be trusted or cannot be read. Answer with its status; the message holds no secret. */
final class Refused extends \RuntimeException {

	/**
	 * @param int    $status  400, 401, 409 or 413.
	 * @param string $problem missing-header, bad-timestamp, too-old, in-future, no-match, bad-body, too-large or repeated.
	 */
	public function __construct( public readonly int $status, public readonly string $problem, string $message ) {
		parent::__construct( $message, $status );
	}
}

/** Remembers which events were received, so that none is handled twice. */
interface Store {

	/**
	 * Claims an id for so many seconds. Of several who claim the same id at once, one must win.
	 *
	 * @return \Closure|string A function that settles the claim: the id counts as handled for so many seconds, with 0 it
	 *                         is forgotten. Or what became of an earlier claim that still counts: claimed or handled.
	 */
	public function claim( string $id, int $seconds ): \Closure|string;
}

/** Remembers ids as files in a folder of its own, for all processes of one machine. */
final class FolderStore implements Store {

	private const SWEEP_SECONDS = 3600;

	/** @param string $folder Not below what a web server serves; made if it is not there. */
	public function __construct( private readonly string $folder ) {}

	public function claim( string $id, int $seconds ): \Closure|string {
		return $this->locked(
			function () use ( $id, $seconds ): \Closure|string {
				$file = $this->folder . '/' . hash( 'sha256', $id );
				if ( self::counts( $file ) ) {
					return (string) file_get_contents( $file );
				}
				self::remember( $file, 'claimed', $seconds );
				return fn ( int $keep ) => $this->locked(
					static fn () => $keep > 0 ? self::remember( $file, 'handled', $keep ) : unlink( $file )
				);
			}
		);
	}

	/** @throws \RuntimeException If the folder cannot be used: nothing may be handled twice because of that. */
	private function locked( \Closure $run ): mixed {
		if ( ! is_dir( $this->folder ) && ! @mkdir( $this->folder, 0700, true ) && ! is_dir( $this->folder ) ) {
			throw new \RuntimeException( "The folder {$this->folder} cannot be made." );
		}
		$lock = @fopen( $this->folder . '/.lock', 'c' );
		if ( false === $lock || ! flock( $lock, LOCK_EX ) ) {
			throw new \RuntimeException( "The folder {$this->folder} cannot be locked." );
		}
		try {
			clearstatcache();
			$this->sweep();
			return $run();
		} finally {
			fclose( $lock );
		}
	}

	/** Without it the folder would grow for ever. */
	private function sweep(): void {
		if ( filemtime( $this->folder . '/.lock' ) > time() - self::SWEEP_SECONDS ) {
			return;
		}
		touch( $this->folder . '/.lock' );
		foreach ( glob( $this->folder . '/*' ) as $file ) {
			if ( ! self::counts( $file ) ) {
				unlink( $file );
			}
		}
	}

	private static function counts( string $file ): bool {
		return is_file( $file ) && filemtime( $file ) > time();
	}

	/** The time of the file is when it no longer counts. */
	private static function remember( string $file, string $state, int $seconds ): void {
		if ( false === file_put_contents( $file, $state ) || ! touch( $file, time() + $seconds ) ) {
			throw new \RuntimeException( "The file $file cannot be written." );
		}
	}
}

/** What is needed of a request. A framework that has read it gives headers and body itself. */
final class Request {

	/** @var array<string, string> Names in lower case. */
	private readonly array $headers;

	/**
	 * @param array<string, string|string[]> $headers In any case.
	 * @param string                         $body    The exact bytes received.
	 * @param ?int                           $now     The clock, in unix seconds; null for the real one.
	 */
	public function __construct( array $headers, public readonly string $body, public readonly ?int $now = null ) {
		$lower = array();
		foreach ( $headers as $name => $value ) {
			$lower[ strtolower( (string) $name ) ] = (string) ( is_array( $value ) ? ( $value[0] ?? '' ) : $value );
		}
		$this->headers = $lower;
	}

	/** The request PHP is answering. */
	public static function current(): self {
		$headers = array();
		foreach ( $_SERVER as $name => $value ) {
			if ( str_starts_with( (string) $name, 'HTTP_' ) ) {
				$headers[ str_replace( '_', '-', substr( $name, 5 ) ) ] = $value;
			}
		}
		return new self( $headers, (string) file_get_contents( 'php://input', false, null, 0, MAX_BODY_BYTES + 1 ) );
	}

	public function header( string $name ): string {
		return $this->headers[ $name ] ?? '';
	}

	public function required( string $name ): string {
		$value = $this->header( $name );
		return '' === $value ? throw new Refused( 401, 'missing-header', "$name is missing" ) : $value;
	}
}

/** An event as it was received. */
final class Event {

	/**
	 * @param string               $id      The same however often the event arrives.
	 * @param string               $type    Such as payment_received.
	 * @param array<string, mixed> $payload As it was sent.
	 * @param string               $text    The body, to the letter.
	 * @param bool                 $is_test True if somebody sent it to try the webhook out.
	 */
	public function __construct(
		public readonly string $id,
		public readonly string $type,
		public readonly array $payload,
		public readonly string $text,
		public readonly bool $is_test
	) {}

	/**
	 * The payload with one type for each field: ids are integers, prices text with a decimal point, the words true and
	 * false booleans, and times RFC 3339 in UTC. What is not what the catalog says is passed on as it is.
	 *
	 * @return array<string, mixed>
	 */
	public function normalized(): array {
		$payload = $this->payload;
		foreach ( CONVERSIONS[ $this->type ] ?? array() as $kind => $names ) {
			foreach ( array_intersect( explode( ' ', $names ), array_keys( $payload ) ) as $name ) {
				$payload[ $name ] = normalize( $kind, $payload[ $name ] );
			}
		}
		return $payload;
	}
}

/**
 * Verifies the request and answers the event it brings. With a store, an event that comes again within ten minutes is
 * refused, also when it is a retry because you could not handle it; receive_once() lets such a retry in.
 *
 * @param string|string[] $secrets whsec_…; several while one replaces another.
 * @throws Refused With the status to answer.
 * @throws \InvalidArgumentException If there is no secret or one that cannot be used.
 */
function receive( string|array $secrets, ?Store $store = null, ?Request $request = null ): Event {
	$event = read( (array) $secrets, $request ?? Request::current() );
	if ( is_string( $store?->claim( $event->id, CLAIM_SECONDS ) ) ) {
		throw new Refused( 409, 'repeated', 'this event was received before' );
	}
	return $event;
}

/**
 * Verifies the request and handles its event, once: when the handling fails, the next attempt gets in at once; when it
 * went well, every repetition is received and not handled again.
 *
 * @param string|string[]       $secrets whsec_…; several while one replaces another.
 * @param callable(Event): mixed $handle  What it throws is passed on; answer 500.
 * @return bool Whether it was handled now; answer 2xx either way.
 * @throws Refused With the status to answer.
 */
function receive_once( string|array $secrets, Store $store, callable $handle, ?Request $request = null ): bool {
	$event = read( (array) $secrets, $request ?? Request::current() );
	$claim = $store->claim( $event->id, CLAIM_SECONDS );
	if ( 'handled' === $claim ) {
		return false;
	}
	if ( is_string( $claim ) ) {
		throw new Refused( 409, 'repeated', 'this event was received before' );
	}
	$keep_seconds = 0;
	try {
		$handle( $event );
		$keep_seconds = REMEMBER_SECONDS;
	} finally {
		$claim( $keep_seconds );
	}
	return true;
}

/**
 * Checks the signature and the age of a request; answers its id.
 *
 * @param string[] $secrets One, or several while one replaces another.
 * @throws Refused With status 401.
 * @throws \InvalidArgumentException If there is no secret or one that cannot be used.
 */
function verify( array $secrets, Request $request ): string {
	$keys = array_map( decode_secret( ... ), $secrets );
	if ( array() === $keys ) {
		throw new \InvalidArgumentException( 'There is no secret to verify with.' );
	}
	$id      = $request->required( 'webhook-id' );
	$time    = $request->required( 'webhook-timestamp' );
	$offered = explode( ' ', $request->required( 'webhook-signature' ) );
	check_time( $time, $request->now ?? time() );
	foreach ( $keys as $key ) {
		$expected = 'v1,' . base64_encode( hash_hmac( 'sha256', "$id.$time.{$request->body}", $key, true ) );
		foreach ( $offered as $given ) {
			if ( hash_equals( $expected, $given ) ) {
				return $id;
			}
		}
	}
	throw new Refused( 401, 'no-match', 'no signature matches' );
}

/** @param string[] $secrets */
function read( array $secrets, Request $request ): Event {
	if ( strlen( $request->body ) > MAX_BODY_BYTES ) {
		throw new Refused( 413, 'too-large', 'the body has more than ' . MAX_BODY_BYTES . ' bytes' );
	}
	$id   = verify( $secrets, $request );
	$body = json_decode( $request->body, true, 1024 );
	if ( ! is_array( $body ) || ! str_starts_with( ltrim( $request->body ), '{' ) ) {
		throw new Refused( 400, 'bad-body', 'the body is not a JSON object' );
	}
	// Only in the compatible format the type stands in a header alone, which no signature covers.
	$is_wrapped = is_string( $body['type'] ?? null ) && is_array( $body['data'] ?? null )
		&& ( ( is_string( $body['timestamp'] ?? null ) && is_array( $body['context'] ?? null ) ) || '1.0' === ( $body['specversion'] ?? null ) );
	$type       = $is_wrapped ? $body['type'] : $request->header( 'sidehook-event' );
	if ( '' === $type ) {
		throw new Refused( 400, 'bad-body', 'sidehook-event is missing' );
	}
	$is_test = 'true' === $request->header( 'sidehook-test' );
	return new Event( $id, $type, $is_wrapped ? $body['data'] : $body, $request->body, $is_test );
}

function check_time( string $time, int $now ): void {
	if ( 1 !== preg_match( '/^\d{1,15}$/D', $time ) ) {
		throw new Refused( 401, 'bad-timestamp', 'webhook-timestamp is not a number of seconds' );
	}
	$age_seconds = $now - (int) $time;
	if ( $age_seconds > TOLERANCE_SECONDS ) {
		throw new Refused( 401, 'too-old', 'webhook-timestamp is too old' );
	}
	if ( $age_seconds < -TOLERANCE_SECONDS ) {
		throw new Refused( 401, 'in-future', 'webhook-timestamp lies in the future' );
	}
}

/** PHP reads past what is not base64; other languages refuse it. */
function decode_secret( string $secret ): string {
	$encoded = str_starts_with( $secret, 'whsec_' ) ? substr( $secret, 6 ) : $secret;
	$pattern = '/^(?:[A-Za-z0-9+\/]{4})*(?:[A-Za-z0-9+\/]{2}(?:==)?|[A-Za-z0-9+\/]{3}=?)?$/D';
	$key     = 1 === preg_match( $pattern, $encoded ) ? (string) base64_decode( $encoded, true ) : '';
	if ( strlen( $key ) < 24 || strlen( $key ) > 64 ) {
		throw new \InvalidArgumentException( 'A secret is whsec_ and 24 to 64 bytes in base64.' );
	}
	return $key;
}

function normalize( string $kind, mixed $value ): mixed {
	return match ( $kind ) {
		'integer'      => is_string( $value ) && preg_match( '/^-?\d{1,15}$/D', $value ) ? (int) $value : $value,
		'decimal'      => normalize_decimal( $value ),
		'boolean'      => array( 'true' => true, 'false' => false )[ is_string( $value ) ? $value : '' ] ?? $value,
		'text'         => false === $value ? '' : $value,
		'time'         => normalize_time( $value, '' ),
		'time or null' => normalize_time( $value, null ),
	};
}

/** Ultimate Multisite keeps four decimals; a float has more, and they mean nothing. */
function normalize_decimal( mixed $value ): mixed {
	$text = is_int( $value ) || is_float( $value ) ? number_format( $value, 4, '.', '' ) : $value;
	if ( ! is_string( $text ) || 1 !== preg_match( '/^-?\d+(\.\d+)?$/D', $text ) ) {
		return $value;
	}
	[ $whole, $fraction ] = explode( '.', $text . '.' );
	return preg_replace( '/^-(0\.0+)$/', '$1', $whole . '.' . str_pad( rtrim( $fraction, '0' ), 2, '0' ) );
}

function normalize_time( mixed $value, ?string $none ): mixed {
	if ( ! is_string( $value ) ) {
		return $value;
	}
	// MySQL's way to say that there is none.
	if ( str_starts_with( $value, '0000-00-00' ) ) {
		return $none;
	}
	return preg_replace( '/^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})$/D', '$1T$2Z', $value );
}

/** Event type => what its fields are turned into. Generated from the catalog, never edited. */
const CONVERSIONS = array(
	// generated:conversions
	'payment_received' => array(
		'integer' => 'payment_id membership_id customer_id customer_user_id',
		'decimal' => 'payment_subtotal_raw payment_tax_total_raw payment_total_raw membership_initial_amount_raw membership_amount_raw',
		'time' => 'payment_date_created',
		'time or null' => 'membership_date_expiration',
	),
	'payment_failed' => array(
		'integer' => 'membership_id customer_id customer_user_id',
		'decimal' => 'membership_initial_amount_raw membership_amount_raw',
		'time or null' => 'membership_date_expiration',
	),
	'renewal_payment_created' => array(
		'integer' => 'payment_id membership_id customer_id customer_user_id',
		'decimal' => 'payment_subtotal_raw payment_tax_total_raw payment_total_raw membership_initial_amount_raw membership_amount_raw',
		'time' => 'payment_date_created',
		'time or null' => 'membership_date_expiration',
	),
	'invoice_sent' => array(
		'integer' => 'payment_id customer_id customer_user_id',
		'decimal' => 'payment_subtotal_raw payment_tax_total_raw payment_total_raw',
		'time' => 'payment_date_created',
		'text' => 'payment_url',
	),
	'payment_created' => array(
		'integer' => 'payment_id membership_id customer_id customer_user_id',
		'decimal' => 'payment_subtotal_raw payment_tax_total_raw payment_total_raw membership_initial_amount_raw membership_amount_raw',
		'time' => 'payment_date_created',
		'time or null' => 'membership_date_expiration',
	),
	'payment_updated' => array(
		'integer' => 'payment_id membership_id customer_id customer_user_id',
		'decimal' => 'payment_subtotal_raw payment_tax_total_raw payment_total_raw membership_initial_amount_raw membership_amount_raw',
		'time' => 'payment_date_created',
		'time or null' => 'membership_date_expiration',
	),
	'payment_refunded' => array(
		'decimal' => 'refund_total',
	),
	'membership_created' => array(
		'integer' => 'membership_id customer_id customer_user_id',
		'decimal' => 'membership_initial_amount_raw membership_amount_raw',
		'time or null' => 'membership_date_expiration',
	),
	'membership_updated' => array(
		'integer' => 'membership_id customer_id customer_user_id',
		'decimal' => 'membership_initial_amount_raw membership_amount_raw',
		'time or null' => 'membership_date_expiration',
	),
	'membership_expired' => array(
		'integer' => 'membership_id customer_id customer_user_id',
		'decimal' => 'membership_initial_amount_raw membership_amount_raw',
		'time or null' => 'membership_date_expiration',
	),
	'customer_created' => array(
		'integer' => 'customer_id customer_user_id',
	),
	'customer_updated' => array(
		'integer' => 'customer_id customer_user_id',
	),
	'confirm_email_address' => array(
		'integer' => 'customer_id customer_user_id',
	),
	'site_published' => array(
		'integer' => 'site_id membership_id customer_id customer_user_id',
		'decimal' => 'membership_initial_amount_raw membership_amount_raw',
		'time or null' => 'membership_date_expiration',
	),
	'demo_site_expiring' => array(
		'time' => 'demo_expires_at',
	),
	'site_created_by_um' => array(
		'integer' => 'site_id',
	),
	'domain_created' => array(
		'integer' => 'domain_id domain_site_id site_id membership_id customer_id customer_user_id',
		'boolean' => 'domain_active domain_primary domain_secure',
		'time or null' => 'domain_date_created membership_date_expiration',
		'decimal' => 'membership_initial_amount_raw membership_amount_raw',
	),
	'domain_primary_changed' => array(
		'integer' => 'domain_id domain_site_id',
	),
	'domain_dns_ready' => array(
		'integer' => 'domain_id domain_site_id',
	),
	'domain_transferred' => array(
		'integer' => 'domain_id domain_site_id',
		'boolean' => 'domain_active domain_primary domain_secure',
		'time or null' => 'domain_date_created',
	),
	'domain_ses_verified' => array(
		'integer' => 'domain_id domain_site_id',
	),
	'checkout_step_completed' => array(
		'integer' => 'customer_id membership_id plan_id',
	),
	'checkout_completed' => array(
		'integer' => 'customer_id membership_id payment_id plan_id',
		'decimal' => 'payment_total',
	),
	'subsite_post_created' => array(
		'integer' => 'site_id membership_id object_id',
		'decimal' => 'membership_initial_amount_raw membership_amount_raw',
		'time or null' => 'membership_date_expiration',
	),
	'subsite_cpt_created' => array(
		'integer' => 'site_id membership_id object_id',
		'decimal' => 'membership_initial_amount_raw membership_amount_raw',
		'time or null' => 'membership_date_expiration',
	),
	'subsite_user_registered' => array(
		'integer' => 'site_id membership_id object_id',
		'decimal' => 'membership_initial_amount_raw membership_amount_raw',
		'time or null' => 'membership_date_expiration',
	),
	'subsite_woocommerce_order' => array(
		'integer' => 'site_id membership_id object_id',
		'decimal' => 'membership_initial_amount_raw membership_amount_raw order_total',
		'time or null' => 'membership_date_expiration',
	),
	'woo_order_created' => array(
		'decimal' => 'total',
	),
	'woo_order_status_changed' => array(
		'decimal' => 'total',
	),
	'woo_order_paid' => array(
		'decimal' => 'total',
	),
	'woo_order_refunded' => array(
		'decimal' => 'total refund_total',
	),
	'woo_product_created' => array(
		'decimal' => 'price',
	),
	'tenant_migration_completed' => array(
		'integer' => 'job_id',
	),
	'tenant_migration_failed' => array(
		'integer' => 'job_id',
	),
	'tenant_migration_cancelled' => array(
		'integer' => 'job_id',
	),
	// /generated:conversions
);
