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

	/** An event is written with an id that nobody else has: it has been written before the answer was lost. */
	private const DUPLICATE_KEY = 1062;

	/** Gone away, lost during the query, the server shuts down, killed (MariaDB, MySQL), idle for too long. */
	private const CONNECTION_LOST = array( 2006, 2013, 1053, 1927, 3169, 4031 );

	private const DEADLOCK = 1213;

	/** Of the error that another kind of database makes, which has no number. */
	private const UNKNOWN = 1105;

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
				KEY due (network_id, state),
				KEY filled (network_id, state, bytes)
			) ENGINE=InnoDB {$wpdb->get_charset_collate()}"
		);
	}

	/**
	 * Writes a row on the connection as it is.
	 *
	 * `$wpdb->query()` would go on with a new connection where the old one is lost: inside a transaction that makes an
	 * event of a change that is undone, and where there is nothing to connect to it ends the page.
	 *
	 * @param mixed $connection On which happened what the row tells of; null: that is no part of an open transaction.
	 * @return bool False when the database has undone the transaction that the row belongs to.
	 * @throws \RuntimeException When the database refuses.
	 */
	public function insert( string $statement, mixed $connection ): bool {
		global $wpdb;
		$is_in_transaction = null !== $connection && $this->transaction->is_open();
		if ( $is_in_transaction && self::is_plain() && $wpdb->dbh !== $connection ) {
			return false;
		}
		$error = $this->attempt( $statement );
		if ( self::NO_SUCH_TABLE === $error ) {
			$this->create();
			$error = $this->attempt( $statement );
		} elseif ( in_array( $error, self::CONNECTION_LOST, true ) && ! $is_in_transaction && $wpdb->db_connect( false ) ) {
			$error = $this->attempt( $statement );
		}
		if ( $is_in_transaction && in_array( $error, array( ...self::CONNECTION_LOST, self::DEADLOCK ), true ) ) {
			return false;
		}
		if ( 0 !== $error && self::DUPLICATE_KEY !== $error ) {
			throw new \RuntimeException( "The outbox cannot be written: error $error", (int) $error );
		}
		return true;
	}

	/** Whether the database itself is away: every further statement would wait for it again. */
	public static function is_away(): bool {
		global $wpdb;
		// phpcs:ignore WordPress.DB.RestrictedFunctions.mysql_mysqli_errno -- $wpdb keeps the text only, which is translated.
		return ! $wpdb->dbh || ( $wpdb->dbh instanceof \mysqli && in_array( mysqli_errno( $wpdb->dbh ), self::CONNECTION_LOST, true ) );
	}

	/**
	 * Reads rows on the connection as it is, see insert().
	 *
	 * @return ?list<object> Null when the database does not answer.
	 */
	public function read( string $statement ): ?array {
		global $wpdb;
		if ( ! self::is_plain() ) {
			return $wpdb->get_results( $statement );
		}
		$result = self::send( $statement );
		$rows   = array();
		while ( $result instanceof \mysqli_result && $row = $result->fetch_object() ) {
			$rows[] = $row;
		}
		return false === $result ? null : $rows;
	}

	/** @return int MySQL's number of the error; 0 when it worked. */
	private function attempt( string $statement ): int {
		global $wpdb;
		if ( ! self::is_plain() ) {
			return $this->politely( fn (): int => false !== $wpdb->query( $statement ) ? 0 : ( $this->is_missing() ? self::NO_SUCH_TABLE : self::UNKNOWN ) );
		}
		// phpcs:ignore WordPress.DB.RestrictedFunctions.mysql_mysqli_errno -- $wpdb does not know of this statement.
		return false === self::send( $statement ) ? mysqli_errno( $wpdb->dbh ) : 0;
	}

	/** What several databases stand behind, or none of MySQL's, has to find the right one by itself. */
	public static function is_plain(): bool {
		global $wpdb;
		return $wpdb->dbh instanceof \mysqli && ! property_exists( $wpdb, 'dbhs' );
	}

	private static function send( string $statement ): \mysqli_result|bool {
		global $wpdb;
		++$wpdb->num_queries;
		try {
			// phpcs:ignore WordPress.DB.RestrictedFunctions, WordPress.PHP.NoSilencedErrors -- see insert(); a lost connection is an answer here.
			return @mysqli_query( $wpdb->dbh, $statement );
		} catch ( \mysqli_sql_exception ) {
			return false; // As WordPress itself wants it, but others may have changed that.
		}
	}

	/** Asked after a statement has failed: where the plugin was never activated, as in a must-use folder. */
	public function is_missing(): bool {
		global $wpdb;
		// phpcs:ignore WordPress.DB.RestrictedFunctions.mysql_mysqli_errno -- $wpdb keeps the text only, which is translated.
		return $wpdb->dbh instanceof \mysqli && self::NO_SUCH_TABLE === mysqli_errno( $wpdb->dbh );
	}

	/**
	 * Lets one process of all web servers send for a network. Ends with the connection, however that ends.
	 *
	 * @param int $seconds How long to wait for another one.
	 */
	public function lock( int $seconds ): bool {
		global $wpdb;
		return '1' === $this->politely( fn (): ?string => $wpdb->get_var( $wpdb->prepare( 'SELECT GET_LOCK(%s, %d)', $this->lock_name(), $seconds ) ) );
	}

	public function unlock(): void {
		global $wpdb;
		$this->politely( fn (): ?string => $wpdb->get_var( $wpdb->prepare( 'SELECT RELEASE_LOCK(%s)', $this->lock_name() ) ) );
	}

	/** Names of locks are the server's, which may have other databases. */
	private function lock_name(): string {
		return 'sidehook_' . substr( md5( DB_NAME . ' ' . $this->name() . ' ' . get_current_network_id() ), 0, 24 );
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
