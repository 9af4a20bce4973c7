<?php
/**
 * Which event types any webhook wants, as the sidecar said last.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

/**
 * Kept in a network option: an object cache may be flushed on every save. Read only when a hook has fired.
 *
 * A list older than a minute can say yes and no longer no: what it does not have is recorded, and whoever
 * flushes asks the sidecar first and takes it back. So a new webhook misses nothing after its first minute,
 * however quiet the network is and whether or not WP-Cron runs.
 */
final class Wanted {

	private const OPTION = 'sidehook_wanted';

	private const FRESH_SECONDS = 60;

	/** A worker that runs for hours sees what other processes have learned. */
	private const REREAD_SECONDS = 15;

	private const MAX_PATTERNS = 1000;

	/** Unix seconds; 0 before the first time. */
	private int $read_at = 0;

	public function __construct( private readonly Config $config, private readonly Breaker $breaker ) {}

	/** Whether a webhook wants it, or the archive does; everything does as long as nobody has said. */
	public function has( string $type ): bool {
		$state = $this->state();
		if ( null === $state['patterns'] || $state['is_archive'] || $this->config->is_archive() ) {
			return true;
		}
		foreach ( $state['patterns'] as $pattern ) {
			if ( $pattern === $type || ( str_ends_with( $pattern, '*' ) && str_starts_with( $type, substr( $pattern, 0, -1 ) ) ) ) {
				return true;
			}
		}
		return false;
	}

	/** Whether the list may lack a new webhook. When the sidecar cannot be asked, the last one stays. */
	public function is_old(): bool {
		return $this->is_due() && null === $this->config->problem() && 0 === $this->breaker->state()['failures'];
	}

	/** Whether it is time to ask the sidecar. */
	public function is_due(): bool {
		return $this->state()['checked_at'] + self::FRESH_SECONDS <= time();
	}

	/** The first to ask does so for all. */
	public function begin_check(): void {
		$this->save( array( 'checked_at' => time() ) + $this->state() );
	}

	/** @param array<string, mixed> $answer Of the sidecar: its list is in `wanted`, and `archive` stays as it was where it says nothing. */
	public function learn( array $answer ): void {
		$patterns = $answer['wanted'] ?? null;
		if ( ! is_array( $patterns ) || count( $patterns ) > self::MAX_PATTERNS || $patterns !== array_filter( $patterns, is_string( ... ) ) ) {
			return;
		}
		$before = $this->state();
		$after  = array(
			'patterns'   => array_values( $patterns ),
			'is_archive' => true === ( $answer['archive'] ?? $before['is_archive'] ),
			'checked_at' => time(),
		);
		// Most answers say the same: a statement for each would be one too many.
		if ( array( 'checked_at' => 0 ) + $after !== array( 'checked_at' => 0 ) + $before || $this->is_due() ) {
			$this->save( $after );
		}
	}

	/** For the network admin. */
	public function describe(): string {
		$patterns = $this->state()['patterns'];
		return match ( true ) {
			$this->has( '' ) => __( 'all', 'sidehook' ),
			array() === $patterns => __( 'none', 'sidehook' ),
			default => implode( ', ', (array) $patterns ),
		};
	}

	/** @return array{patterns: ?list<string>, is_archive: bool, checked_at: int} */
	private function state(): array {
		$now = time();
		if ( $this->read_at + self::REREAD_SECONDS <= $now ) {
			if ( 0 !== $this->read_at ) {
				wp_cache_delete( get_current_network_id() . ':' . self::OPTION, 'site-options' );
			}
			$this->read_at = $now;
		}
		$state = get_network_option( null, self::OPTION );
		return ( is_array( $state ) ? $state : array() ) + array(
			'patterns'   => null,
			'is_archive' => false,
			'checked_at' => 0,
		);
	}

	/** @param array{patterns: ?list<string>, is_archive: bool, checked_at: int} $state */
	private function save( array $state ): void {
		update_network_option( null, self::OPTION, $state );
	}
}
