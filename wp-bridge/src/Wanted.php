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
 * A yes is taken from the list. A no is taken from it only for the moment after the sidecar was asked: later, what is
 * not on the list is recorded in doubt, and whoever flushes asks the sidecar first and takes it back. So a new webhook
 * works at once, however quiet the network is and whether or not WP-Cron runs, and the sidecar is asked at most twice
 * a second, after the visitor has the page. Where a page cannot go early, a no holds for a minute.
 */
final class Wanted {

	private const OPTION = 'sidehook_wanted';

	private const SURE_SECONDS = 0.5;

	private const FRESH_SECONDS = 60;

	private const MAX_PATTERNS = 1000;

	/**
	 * @param \Closure(): Groups  $groups
	 * @param \Closure(): Breaker $breaker
	 */
	public function __construct( private readonly Config $config, private readonly \Closure $groups, private readonly \Closure $breaker ) {}

	/** Whether a webhook wants it, or the archive does; everything does as long as nobody has said. */
	public function has( string $type ): bool {
		$state = $this->state();
		return null === $state['patterns']
			|| in_array( $type, $state['patterns'], true )
			|| ( $this->is_matched( $type, $state['patterns'] ) && ! $this->is_later_version( $type ) )
			|| $state['is_archive']
			|| $this->config->is_archive();
	}

	/** @param list<string> $patterns What Sidehook tells of itself is no part of `*`. */
	private function is_matched( string $type, array $patterns ): bool {
		foreach ( $patterns as $pattern ) {
			if ( str_ends_with( $pattern, '*' ) && str_starts_with( $type, substr( $pattern, 0, -1 ) ) && ( '*' !== $pattern || ! str_starts_with( $type, 'sidehook.' ) ) ) {
				return true;
			}
		}
		return false;
	}

	/** One such as `payment_received.v2` is for webhooks that name it: whoever wants `payment_*` has the first version. */
	private function is_later_version( string $type ): bool {
		return 1 === preg_match( '/^(.+)\.v[0-9]+$/D', $type, $found ) && '' !== ( $this->groups )()->of( $found[1] );
	}

	/** Whether the list may lack a new webhook. When the sidecar cannot be asked, the last one stays. */
	public function is_doubtful(): bool {
		$sure = Forwarder::can_let_go() || 'cli' === PHP_SAPI || $this->config->is_on_loopback() ? self::SURE_SECONDS : self::FRESH_SECONDS;
		return $this->age() > $sure && null === $this->config->problem() && ! ( $this->breaker )()->is_failing();
	}

	/** Whether it is time to ask the sidecar, doubt or no doubt. */
	public function is_due(): bool {
		return $this->age() > self::FRESH_SECONDS;
	}

	/** The first to ask does so for all. */
	public function begin_check(): void {
		$this->save( array( 'checked_at' => microtime( true ) ) + $this->state() );
	}

	/** @param array<string, mixed> $answer Of the sidecar: its list is in `wanted`, and `archive` stays as it was where it says nothing. */
	public function learn( array $answer ): void {
		$patterns = $answer['wanted'] ?? null;
		if ( ! is_array( $patterns ) || count( $patterns ) > self::MAX_PATTERNS || $patterns !== array_filter( $patterns, is_string( ... ) ) ) {
			return;
		}
		$state  = $this->state();
		$before = array( $state['patterns'], $state['is_archive'] );
		$after  = array( array_values( $patterns ), true === ( $answer['archive'] ?? $state['is_archive'] ) );
		// Every answer says it, most say the same: a statement for each would be one too many.
		if ( $after !== $before || $this->is_due() ) {
			$this->save(
				array(
					'patterns'   => $after[0],
					'is_archive' => $after[1],
					'checked_at' => microtime( true ),
				)
			);
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

	/** Seconds since the sidecar was asked. A clock that was set back makes it old. */
	private function age(): float {
		$age = microtime( true ) - $this->state()['checked_at'];
		return $age < 0 ? INF : $age;
	}

	/** @return array{patterns: ?list<string>, is_archive: bool, checked_at: float} */
	private function state(): array {
		$state = Options::get( self::OPTION );
		return ( is_array( $state ) ? $state : array() ) + array(
			'patterns'   => null,
			'is_archive' => false,
			'checked_at' => 0.0,
		);
	}

	/** @param array{patterns: ?list<string>, is_archive: bool, checked_at: float} $state */
	private function save( array $state ): void {
		update_network_option( null, self::OPTION, $state );
	}
}
