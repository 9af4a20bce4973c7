<?php
/**
 * The table in which events wait, in the database of what they tell about.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

/**
 * A row is `pending` until the sidecar has it, and then gone; `dead` when the sidecar can never take it.
 * All times are the database's: several web servers need not agree about theirs.
 */
final class Outbox {

	/** Longer than any request to the sidecar: whoever holds a claim beyond it has died. */
	private const CLAIM_SECONDS = 60;

	private const MAX_ROWS = 100;

	private const MAX_BYTES = 512 * 1024;

	/** Inside a transaction that we know nothing of, looking again would show the same rows for ever. */
	private const MAX_LOOKS = 20;

	public function __construct( private readonly Table $table ) {}

	/**
	 * Writes an event on WordPress's own connection: a transaction that is rolled back takes it along.
	 *
	 * @param mixed $connection On which it happened; null when it is no part of an open transaction.
	 * @return bool False when the database has already undone the transaction, and what the event tells of.
	 * @throws \RuntimeException When the database refuses.
	 */
	public function add( Event $event, mixed $connection = null ): bool {
		return $this->table->insert( $this->insert_statement( $event ), $connection );
	}

	/**
	 * Takes rows for a while, so that no other request sends them too.
	 *
	 * Looks first and takes then, by id: an `UPDATE … ORDER BY id LIMIT` would wait for the uncommitted row
	 * of every open checkout. Who loses the race for all of them looks again.
	 *
	 * @return list<Row>
	 */
	public function claim(): array {
		global $wpdb;
		return $this->table->politely(
			function () use ( $wpdb ): array {
				$token = bin2hex( random_bytes( 16 ) );
				$looks = self::MAX_LOOKS;
				do {
					$ids = $this->list_due();
				} while ( array() !== $ids && 0 === $this->stamp( $ids, $token ) && --$looks > 0 );
				return array() === $ids ? array() : array_map(
					Row::from( ... ),
					$wpdb->get_results( $wpdb->prepare( "SELECT * FROM {$this->table->name()} WHERE id IN ({$this->join( $ids )}) AND claim_token = %s ORDER BY id", $token ) )
				);
			}
		);
	}

	public function has_due(): bool {
		return array() !== $this->table->politely( $this->list_due( ... ) );
	}

	/** @param list<Row> $rows What the sidecar has acknowledged. */
	public function delete( array $rows ): void {
		$this->change( $rows, "DELETE outbox FROM {$this->table->by_id()}" );
	}

	/**
	 * Lets go of what the sidecar has taken or will never take.
	 *
	 * @param list<Row>                           $rows
	 * @param array<string, array<string, mixed>> $results Event id => `status` and, when it is rejected, `problems`.
	 * @return list<Row> Those of which nothing is said.
	 */
	public function settle( array $rows, array $results ): array {
		$taken   = array();
		$unknown = array();
		foreach ( $rows as $row ) {
			match ( $results[ $row->event_id ]['status'] ?? null ) {
				'accepted', 'duplicate' => $taken[] = $row,
				'rejected' => $this->bury( $row, self::describe_problems( $results[ $row->event_id ] ) ),
				default => $unknown[] = $row,
			};
		}
		$this->delete( $taken );
		return $unknown;
	}

	/**
	 * @param list<string> $event_ids
	 * @return list<Row>
	 */
	public function list_by_event( array $event_ids ): array {
		global $wpdb;
		$marks = implode( ',', array_fill( 0, count( $event_ids ), '%s' ) );
		return array() === $event_ids ? array() : $this->table->politely(
			fn (): array => array_map( Row::from( ... ), $wpdb->get_results( $wpdb->prepare( "SELECT * FROM {$this->table->name()} WHERE event_id IN ($marks) AND state = 'pending'", $event_ids ) ) )
		);
	}

	/**
	 * Takes back what nobody wants, if it has not been sent yet.
	 *
	 * @param list<string> $event_ids
	 */
	public function discard( array $event_ids ): void {
		global $wpdb;
		if ( array() !== $event_ids ) {
			$marks = implode( ',', array_fill( 0, count( $event_ids ), '%s' ) );
			$this->table->politely(
				fn () => $this->table->run(
					$wpdb->prepare( "DELETE FROM {$this->table->name()} WHERE event_id IN ($marks) AND state = 'pending' AND claim_token IS NULL", $event_ids )
				)
			);
		}
	}

	/** The sidecar will never take it, however often it is asked. */
	public function bury( Row $row, string $reason ): void {
		global $wpdb;
		$this->change(
			array( $row ),
			$wpdb->prepare( "UPDATE {$this->table->by_id()} SET state = 'dead', claim_token = NULL, claimed_until = NULL, last_error = %s", self::shorten( $reason ) )
		);
	}

	/**
	 * Gives rows back after a failure.
	 *
	 * @param list<Row> $rows
	 * @param bool      $is_their_fault The answer may be about these rows: others go first. When the sidecar
	 *                                  is away it is not, and they keep their place.
	 */
	public function release( array $rows, string $reason, bool $is_their_fault ): void {
		global $wpdb;
		// MySQL assigns from left to right: the delay is made of the attempts before this one.
		$delay = $is_their_fault ? 'LEAST(POW(2, LEAST(attempts, 20)) * 5, 900) * (1 + RAND() * 0.2)' : '0';
		$this->change(
			$rows,
			$wpdb->prepare(
				// phpcs:ignore Sidehook.DB.PreparedSql -- one of the two texts above.
				"UPDATE {$this->table->by_id()} SET available_at = UTC_TIMESTAMP() + INTERVAL $delay SECOND, attempts = attempts + 1,
				claim_token = NULL, claimed_until = NULL, last_error = %s",
				self::shorten( $reason )
			),
			$wpdb->prepare( 'AND claim_token = %s', $rows[0]->claim_token )
		);
	}

	public function find( string $event_id ): ?Row {
		global $wpdb;
		return $this->table->politely(
			function () use ( $wpdb, $event_id ): ?Row {
				$row = $wpdb->get_row( $wpdb->prepare( "SELECT * FROM {$this->table->name()} WHERE event_id = %s", $event_id ) );
				return null === $row ? null : Row::from( $row );
			}
		);
	}

	/**
	 * How many wait, how many will never be taken, and for how long the first in line has waited: read from an index, as
	 * looking at each of 100,000 rows takes most of a second.
	 *
	 * @return array{pending: int, dead: int, oldest_seconds: int}
	 */
	public function summary(): array {
		global $wpdb;
		return $this->table->politely(
			function () use ( $wpdb ): array {
				$network_id = get_current_network_id();
				$counts     = $wpdb->get_results( $wpdb->prepare( "SELECT state, COUNT(*) AS count FROM {$this->table->name()} FORCE INDEX (due) WHERE network_id = %d AND state IN ('pending', 'dead') GROUP BY state", $network_id ) );
				$counts     = array_map( intval( ... ), array_column( $counts, 'count', 'state' ) );
				$oldest     = $wpdb->get_var( $wpdb->prepare( "SELECT TIMESTAMPDIFF(SECOND, occurred_at, UTC_TIMESTAMP()) FROM {$this->table->name()} FORCE INDEX (due) WHERE network_id = %d AND state = 'pending' ORDER BY id LIMIT 1", $network_id ) );
				return array(
					'pending'        => $counts['pending'] ?? 0,
					'dead'           => $counts['dead'] ?? 0,
					'oldest_seconds' => (int) $oldest,
				);
			}
		);
	}

	/** @return list<Row> The newest rows the sidecar will never take. */
	public function list_dead( int $limit ): array {
		global $wpdb;
		return $this->table->politely(
			fn (): array => array_map(
				Row::from( ... ),
				$wpdb->get_results(
					$wpdb->prepare(
						"SELECT * FROM {$this->table->name()} WHERE network_id = %d AND state = 'dead' ORDER BY id DESC LIMIT %d",
						get_current_network_id(),
						$limit
					)
				)
			)
		);
	}

	/**
	 * Reads what may be sent without waiting for anybody, as many as go into one request: along an index that has them in
	 * their order, as sorting a backlog of 100,000 takes two seconds.
	 *
	 * @return list<int>
	 */
	private function list_due(): array {
		global $wpdb;
		$rows  = $wpdb->get_results(
			$wpdb->prepare(
				"SELECT id, bytes FROM {$this->table->name()} FORCE INDEX (due) WHERE network_id = %d AND state = 'pending' AND available_at <= UTC_TIMESTAMP()
				AND (claimed_until IS NULL OR claimed_until < UTC_TIMESTAMP()) ORDER BY id LIMIT %d",
				get_current_network_id(),
				self::MAX_ROWS
			)
		);
		$ids   = array();
		$bytes = 0;
		foreach ( $rows as $row ) {
			$bytes += (int) $row->bytes;
			if ( $bytes > self::MAX_BYTES && array() !== $ids ) {
				break;
			}
			$ids[] = (int) $row->id;
		}
		return $ids;
	}

	/**
	 * @param list<int> $ids
	 * @return int How many were still free.
	 */
	private function stamp( array $ids, string $token ): int {
		global $wpdb;
		return $this->table->run(
			$wpdb->prepare( "UPDATE {$this->table->by_id()} SET claim_token = %s, claimed_until = UTC_TIMESTAMP() + INTERVAL %d SECOND ", $token, self::CLAIM_SECONDS )
			. "WHERE id IN ({$this->join( $ids )}) AND state = 'pending' AND (claimed_until IS NULL OR claimed_until < UTC_TIMESTAMP())"
		);
	}

	/** Not with `prepare()`: it reads the whole payload for what may be put into it. */
	private function insert_statement( Event $event ): string {
		return sprintf(
			"INSERT INTO %s (network_id, event_id, type, site_id, payload, context, occurred_at, available_at, state, last_error, bytes)
			VALUES (%d, '%s', '%s', %d, '%s', '%s', '%s', UTC_TIMESTAMP(), '%s', %s, %d)",
			$this->table->name(),
			$event->context['networkId'],
			self::escape( $event->id ),
			self::escape( $event->type ),
			$event->context['siteId'],
			self::escape( $event->payload ),
			self::escape( (string) wp_json_encode( $event->context ) ),
			rtrim( strtr( $event->occurred_at, 'T', ' ' ), 'Z' ),
			null === $event->problem ? 'pending' : 'dead',
			null === $event->problem ? 'NULL' : "'" . self::escape( $event->problem ) . "'",
			$event->bytes
		);
	}

	/** Without the marks that `$wpdb` puts in the place of percent signs, and takes out in `$wpdb->query()` only. */
	private static function escape( string $text ): string {
		global $wpdb;
		if ( Table::is_plain() ) {
			// phpcs:ignore WordPress.DB.RestrictedFunctions.mysql_mysqli_real_escape_string -- see above.
			return mysqli_real_escape_string( $wpdb->dbh, $text );
		}
		return $wpdb->remove_placeholder_escape( $wpdb->_real_escape( $text ) );
	}

	/**
	 * @param list<Row> $rows
	 * @param string    $action    The statement up to its WHERE.
	 * @param string    $condition What must hold beside the ids.
	 */
	private function change( array $rows, string $action, string $condition = '' ): void {
		if ( array() !== $rows ) {
			$ids = $this->join( array_map( static fn ( Row $row ): int => $row->id, $rows ) );
			$this->table->politely( fn () => $this->table->run( "$action WHERE id IN ($ids) $condition" ) );
		}
	}

	private function join( array $ids ): string {
		return implode( ',', $ids );
	}

	/** @param array<string, mixed> $result */
	private static function describe_problems( array $result ): string {
		$problems = array_map(
			static fn ( mixed $problem ): string => is_array( $problem ) ? ltrim( ( $problem['path'] ?? '' ) . ': ' . ( $problem['message'] ?? '' ), ': ' ) : '',
			is_array( $result['problems'] ?? null ) ? $result['problems'] : array()
		);
		return 'The sidecar rejects it: ' . ( implode( '; ', array_filter( $problems ) ) ?: 'without a reason' );
	}

	private static function shorten( string $reason ): string {
		return mb_substr( $reason, 0, 500 );
	}
}
