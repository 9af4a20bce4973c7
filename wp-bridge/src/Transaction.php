<?php
/**
 * Knows whether a transaction is open on WordPress's connection.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

/**
 * Rows of an open transaction are visible to itself: sending them would tell the world about something
 * that may still be undone. Transactions begun by other means than `$wpdb->query()` are not seen.
 */
final class Transaction {

	/** No statement of interest is longer, nearly every other one is. */
	private const MAX_LENGTH = 64;

	private const PATTERN = '/^\s*(?:(START\s+TRANSACTION|BEGIN)|(COMMIT|ROLLBACK(?!\s+(?:WORK\s+)?TO\b))|SET\s+(?:SESSION\s+|@@(?:SESSION\.)?)?AUTOCOMMIT\s*=\s*(0|1|ON|OFF))\b/i';

	private bool $is_begun = false;

	private bool $has_autocommit = true;

	/** @param \Closure(): void $before_boundary Called before a transaction begins or ends, while the one before it is still open. */
	public function __construct( private readonly \Closure $before_boundary ) {}

	public function is_open(): bool {
		return $this->is_begun || ! $this->has_autocommit;
	}

	/** Runs on every statement of every request: leaves most of them after one comparison. */
	public function filter_query( mixed $query ): mixed {
		if ( is_string( $query ) && strlen( $query ) <= self::MAX_LENGTH && 1 === preg_match( self::PATTERN, $query, $found ) ) {
			( $this->before_boundary )();
			$this->note( $found );
		}
		return $query;
	}

	/** @param array<int, string> $found Groups of the pattern: begin, end, autocommit. */
	private function note( array $found ): void {
		if ( isset( $found[3] ) ) {
			$this->has_autocommit = in_array( strtoupper( $found[3] ), array( '1', 'ON' ), true );
			$this->is_begun       = false;
			return;
		}
		$this->is_begun = '' !== $found[1];
	}
}
