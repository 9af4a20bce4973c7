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

	/** The outcome of a COMMIT is known when the next statement comes, or the end of the request. */
	private bool $is_committing = false;

	/**
	 * @param \Closure(): void     $before_boundary Called before a transaction begins or ends, while the one before it is still open.
	 * @param \Closure(bool): void $after_end       Told whether what was done in it holds.
	 */
	public function __construct( private readonly \Closure $before_boundary, private readonly \Closure $after_end ) {}

	public function is_open(): bool {
		return $this->is_begun || ! $this->has_autocommit;
	}

	/** Runs on every statement of every request: leaves most of them after one comparison. */
	public function filter_query( mixed $query ): mixed {
		$this->finish();
		if ( is_string( $query ) && strlen( $query ) <= self::MAX_LENGTH && 1 === preg_match( self::PATTERN, $query, $found ) ) {
			( $this->before_boundary )();
			$this->note( $found );
		}
		return $query;
	}

	/** To be called at the end of the request, after which no statement comes. */
	public function finish(): void {
		global $wpdb;
		if ( $this->is_committing ) {
			$this->is_committing = false;
			( $this->after_end )( '' === $wpdb->last_error );
		}
	}

	/** @param array<int, string> $found Groups of the pattern: begin, end, autocommit. */
	private function note( array $found ): void {
		$is_rollback = 0 === strncasecmp( $found[2] ?? '', 'ROLLBACK', 8 );
		if ( $is_rollback ) {
			( $this->after_end )( false );
		} else {
			// Whatever else begins or ends one commits the one before.
			$this->is_committing = $this->is_open();
		}
		if ( isset( $found[3] ) ) {
			$this->has_autocommit = in_array( strtoupper( $found[3] ), array( '1', 'ON' ), true );
		}
		$this->is_begun = '' !== $found[1];
	}
}
