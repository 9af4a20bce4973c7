<?php
/**
 * How long talking to the sidecar may take.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class Limits {

	/**
	 * @param float $seconds      No further batch is begun after this.
	 * @param float $timeout      Of one request.
	 * @param bool  $heeds_pauses Does not try while the sidecar is known to be away.
	 */
	private function __construct(
		public readonly float $seconds,
		public readonly float $timeout,
		public readonly bool $heeds_pauses
	) {}

	/** The visitor has the page; only a PHP worker waits. */
	public static function after_response(): self {
		return new self( 2.0, 2.0, true );
	}

	/** The visitor still waits. */
	public static function before_response(): self {
		return new self( 0.05, 0.05, true );
	}

	/** The command line, and whatever else runs long: it has time, but not for the same failure again and again. */
	public static function long_run(): self {
		return new self( 20.0, 10.0, true );
	}

	/** WP-Cron comes to send what is left, and finds out that the sidecar is back. */
	public static function cron(): self {
		return new self( 20.0, 10.0, false );
	}

	/** A person has pressed a button. */
	public static function interactive(): self {
		return new self( 10.0, 5.0, false );
	}
}
