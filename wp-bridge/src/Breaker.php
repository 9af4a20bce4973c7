<?php
/**
 * Remembers that the sidecar is away, so that pages do not find it out one by one.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

/**
 * Kept where network options are, but read and written past WordPress's functions, and by the database's clock: an object
 * cache may be flushed on every save, may know an old value, or may be another one on each web server.
 */
final class Breaker {

	private const OPTION = 'sidehook_breaker';

	private const FIRST_SECONDS = 5;

	public const MAX_SECONDS = 300;

	private const NONE = array(
		'failures'   => 0,
		'open_until' => 0,
		'is_asked'   => false,
		'reason'     => '',
	);

	private ?bool $is_failing = null;

	public function __construct( private readonly Table $table ) {}

	/**
	 * Whether this process may try now. After a pause the first to ask tries for all: the others go on waiting until it knows.
	 *
	 * @param bool $heeds_pauses Pages keep away for the whole time; cron and people only when the sidecar has asked for it.
	 */
	public function begin( bool $heeds_pauses ): bool {
		list( $kept, $now ) = $this->read();
		$state              = self::parse( $kept );
		if ( 0 === $state['failures'] || ( ! $heeds_pauses && ! $state['is_asked'] ) ) {
			return true;
		}
		return $state['open_until'] <= $now && $this->replace( (string) $kept, array( 'open_until' => $now + self::FIRST_SECONDS ) + $state );
	}

	/** @param ?int $seconds How long, when it is known; else twice as long as the last time. */
	public function open( string $reason, ?int $seconds, bool $is_asked ): void {
		list( $kept, $now ) = $this->read();
		$failures           = self::parse( $kept )['failures'];
		$state              = array(
			'failures'   => $failures + 1,
			'open_until' => $now + ( $seconds ?? min( self::FIRST_SECONDS * 2 ** min( $failures, 10 ), self::MAX_SECONDS ) ),
			'is_asked'   => $is_asked,
			'reason'     => mb_substr( $reason, 0, 300 ),
		);
		$this->is_failing   = true;
		null === $kept ? $this->insert( $state ) : $this->replace( $kept, $state );
	}

	public function close(): void {
		global $wpdb;
		if ( $this->is_failing() ) {
			$this->is_failing = false;
			$this->run( "DELETE FROM $wpdb->sitemeta WHERE site_id = %d AND meta_key = %s", get_current_network_id(), self::OPTION );
		}
	}

	/** As this process knew it last: asked for each event that perhaps nobody wants. */
	public function is_failing(): bool {
		return $this->is_failing ?? $this->state()['failures'] > 0;
	}

	/** @return array{failures: int, open_until: int, is_asked: bool, reason: string} */
	public function state(): array {
		return self::parse( $this->read()[0] );
	}

	/** @return array{?string, int} What is kept, and what time it is there. */
	private function read(): array {
		global $wpdb;
		$row = $this->table->politely(
			fn (): ?object => $wpdb->get_row(
				$wpdb->prepare(
					"SELECT UNIX_TIMESTAMP() AS now, (SELECT meta_value FROM $wpdb->sitemeta WHERE site_id = %d AND meta_key = %s LIMIT 1) AS kept",
					get_current_network_id(),
					self::OPTION
				)
			)
		);
		$this->is_failing = null !== $row?->kept;
		return array( $row?->kept, (int) ( $row?->now ?? time() ) );
	}

	/** @return array{failures: int, open_until: int, is_asked: bool, reason: string} */
	private static function parse( ?string $kept ): array {
		$state = json_decode( (string) $kept, true );
		return ( is_array( $state ) ? $state : array() ) + self::NONE;
	}

	/** @param array{failures: int, open_until: int, is_asked: bool, reason: string} $state */
	private function insert( array $state ): void {
		global $wpdb;
		$this->run( "INSERT INTO $wpdb->sitemeta (site_id, meta_key, meta_value) VALUES (%d, %s, %s)", get_current_network_id(), self::OPTION, (string) wp_json_encode( $state ) );
	}

	/**
	 * @param array{failures: int, open_until: int, is_asked: bool, reason: string} $state
	 * @return bool Whether nobody else was faster.
	 */
	private function replace( string $kept, array $state ): bool {
		global $wpdb;
		return $this->run(
			"UPDATE $wpdb->sitemeta SET meta_value = %s WHERE site_id = %d AND meta_key = %s AND meta_value = %s",
			(string) wp_json_encode( $state ),
			get_current_network_id(),
			self::OPTION,
			$kept
		) > 0;
	}

	private function run( string $statement, int|string ...$values ): int {
		global $wpdb;
		return $this->table->politely( fn (): int => $this->table->run( $wpdb->prepare( $statement, ...$values ) ) );
	}
}
