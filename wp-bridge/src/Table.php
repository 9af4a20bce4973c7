<?php
/**
 * The outbox's table.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class Table {

	private const NO_SUCH_TABLE = 1146;

	public function __construct( private readonly Transaction $transaction ) {}

	/** One for all networks and sites of the database. */
	public function name(): string {
		global $wpdb;
		return $wpdb->base_prefix . 'sidehook_outbox';
	}

	/**
	 * The table for statements that change rows by id. A small one would be read from end to end, and so wait
	 * for the uncommitted rows of others: up to 50 seconds, until MySQL gives up.
	 */
	public function by_id(): string {
		return $this->name() . ' AS outbox FORCE INDEX (PRIMARY)';
	}

	/** CREATE TABLE would commit an open transaction: then it is done on a connection of its own. */
	public function create(): void {
		global $wpdb;
		$connection = $this->transaction->is_open() ? new \wpdb( DB_USER, DB_PASSWORD, DB_NAME, DB_HOST ) : $wpdb;
		$connection->query(
			"CREATE TABLE IF NOT EXISTS {$this->name()} (
				id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
				network_id BIGINT UNSIGNED NOT NULL,
				event_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
				type VARCHAR(191) NOT NULL,
				site_id BIGINT UNSIGNED NOT NULL,
				payload LONGTEXT NOT NULL,
				context TEXT NOT NULL,
				occurred_at DATETIME(6) NOT NULL,
				attempts INT UNSIGNED NOT NULL DEFAULT 0,
				available_at DATETIME NOT NULL,
				claim_token CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
				claimed_until DATETIME NULL,
				state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'pending',
				last_error VARCHAR(500) NULL,
				bytes INT UNSIGNED NOT NULL,
				PRIMARY KEY (id),
				UNIQUE KEY event_id (event_id),
				KEY claim_token (claim_token),
				KEY due (network_id, state, available_at)
			) ENGINE=InnoDB {$wpdb->get_charset_collate()}"
		);
	}

	/** Asked after a statement has failed: where the plugin was never activated, as in a must-use folder. */
	public function is_missing(): bool {
		global $wpdb;
		// phpcs:ignore WordPress.DB.RestrictedFunctions.mysql_mysqli_errno -- $wpdb keeps the text only, which is translated.
		return $wpdb->dbh instanceof \mysqli && self::NO_SUCH_TABLE === mysqli_errno( $wpdb->dbh );
	}

	/**
	 * Leaves `$wpdb` as it was: whoever fires an event right after an INSERT may still want its `insert_id`.
	 *
	 * @template T
	 * @param \Closure(): T $run
	 * @return T
	 */
	public function politely( \Closure $run ): mixed {
		global $wpdb;
		$before    = array( $wpdb->insert_id, $wpdb->last_query, $wpdb->last_error, $wpdb->last_result, $wpdb->rows_affected, $wpdb->num_rows );
		$is_silent = $wpdb->suppress_errors( true );
		try {
			return $run();
		} finally {
			$wpdb->suppress_errors( $is_silent );
			list( $wpdb->insert_id, $wpdb->last_query, $wpdb->last_error, $wpdb->last_result, $wpdb->rows_affected, $wpdb->num_rows ) = $before;
		}
	}

	/**
	 * @return int Rows changed.
	 * @throws \RuntimeException When the database refuses.
	 */
	public function run( string $statement ): int {
		global $wpdb;
		$changed = $wpdb->query( $statement );
		if ( false === $changed ) {
			throw $this->error();
		}
		return (int) $changed;
	}

	public function error(): \RuntimeException {
		global $wpdb;
		return new \RuntimeException( "The outbox cannot be used: {$wpdb->last_error}" );
	}
}
