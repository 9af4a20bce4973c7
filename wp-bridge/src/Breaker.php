<?php
/**
 * Remembers that the sidecar is away, so that pages do not find it out one by one.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

/** Kept in a network option: an object cache may be flushed on every save. */
final class Breaker {

	private const OPTION = 'sidehook_breaker';

	private const FIRST_SECONDS = 5;

	public const MAX_SECONDS = 300;

	/**
	 * Whether a request may try now.
	 *
	 * @param bool $heeds_pauses Pages keep away for the whole time; cron and people only when the sidecar has asked for it.
	 */
	public function may_try( bool $heeds_pauses ): bool {
		$state = $this->state();
		return $state['open_until'] <= time() || ( ! $heeds_pauses && ! $state['is_asked'] );
	}

	/** The first to try after a pause does so for all: the others go on waiting until it knows. */
	public function begin(): void {
		$state = $this->state();
		if ( $state['failures'] > 0 ) {
			$this->save( array( 'open_until' => time() + self::FIRST_SECONDS ) + $state );
		}
	}

	/** @param ?int $seconds How long, when it is known; else twice as long as the last time. */
	public function open( string $reason, ?int $seconds, bool $is_asked ): void {
		$failures = $this->state()['failures'];
		$wait     = $seconds ?? min( self::FIRST_SECONDS * 2 ** min( $failures, 10 ), self::MAX_SECONDS );
		$this->save(
			array(
				'failures'   => $failures + 1,
				'open_until' => time() + $wait,
				'is_asked'   => $is_asked,
				'reason'     => mb_substr( $reason, 0, 300 ),
			)
		);
	}

	public function close(): void {
		if ( $this->state()['failures'] > 0 ) {
			delete_network_option( null, self::OPTION );
		}
	}

	/** @return array{failures: int, open_until: int, is_asked: bool, reason: string} */
	public function state(): array {
		$state = get_network_option( null, self::OPTION );
		return ( is_array( $state ) ? $state : array() ) + array(
			'failures'   => 0,
			'open_until' => 0,
			'is_asked'   => false,
			'reason'     => '',
		);
	}

	/** @param array<string, mixed> $state */
	private function save( array $state ): void {
		update_network_option( null, self::OPTION, $state );
	}
}
