<?php
/**
 * Decides when what was recorded sets out for the sidecar.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

/** At the end of the request; long-running processes (imports, queues) do not wait for theirs. */
final class Departures {

	private const EVENTS = 50;

	private const SECONDS = 5;

	/** Unix seconds: when the oldest event that waits was recorded by this process. */
	private float $since = 0;

	public function __construct( private readonly Bridge $bridge ) {}

	/** Only where a process may run long. */
	public function note_recorded( int $waiting ): void {
		$now         = microtime( true );
		$this->since = 1 === $waiting ? $now : $this->since;
		$is_time     = $waiting >= self::EVENTS || $now - $this->since >= self::SECONDS;
		if ( $is_time && ! $this->bridge->transaction->is_open() ) {
			$this->depart();
		}
	}

	public function depart(): void {
		Failures::guard( Options::let_go( ... ) );
		$waiting  = $this->bridge->recorder()->count_waiting();
		$doubtful = $this->bridge->recorder()->forget_waiting();
		if ( $waiting > 0 ) {
			Failures::guard( fn () => $this->bridge->forwarder()->flush_after_response( $doubtful ) );
			Failures::guard( fn () => $this->bridge->capacity()->measure_now_and_then( $waiting ) );
		}
	}
}
