<?php
/**
 * What the commands of `wp sidehook` do, without WP-CLI: rows come out, and whoever called prints them.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class Console {

	public function __construct( private readonly Bridge $bridge ) {}

	/** @return list<array{name: string, value: int|string}> */
	public function status(): array {
		$status = ( new Status( $this->bridge ) )->read();
		return array_map( static fn ( string $name, int|string $value ): array => compact( 'name', 'value' ), array_keys( $status ), $status );
	}

	/** @return list<array{check: string, status: string, label: string, text: string}> */
	public function doctor(): array {
		$checks = new Checks( $this->bridge );
		return array_map(
			static fn ( Check $check ): array => array(
				'check'  => $check->name,
				'status' => $check->status,
				'label'  => $check->label,
				'text'   => $check->text,
			),
			array( ...$checks->list_local(), $checks->sidecar() )
		);
	}

	/** @return array{event: string, result: 'accepted'|'waiting'|'refused'|'not recorded', detail: string} */
	public function test(): array {
		$id = $this->bridge->recorder()->send_test( array( 'message' => 'Sent by wp sidehook test.' ) );
		if ( '' === $id ) {
			return array(
				'event'  => '',
				'result' => 'not recorded',
				'detail' => 'The mode is off, or the database refused: see the error log of PHP.',
			);
		}
		$this->bridge->forwarder()->flush( Limits::interactive() );
		$row = $this->bridge->outbox()->find( $id );
		return array(
			'event'  => $id,
			'result' => null === $row ? 'accepted' : ( 'dead' === $row->state ? 'refused' : 'waiting' ),
			'detail' => null === $row ? '' : ( $this->bridge->config()->problem() ?? $row->last_error ),
		);
	}

	/**
	 * Sends what waits, until nothing does, the sidecar is away, or the time is over.
	 *
	 * @return array{sent: int, pending: int, dead: int}
	 */
	public function flush( float $seconds ): array {
		$deadline = microtime( true ) + $seconds;
		$sent     = 0;
		$this->bridge->valve()->release();
		do {
			$now   = $this->bridge->forwarder()->flush( Limits::interactive() );
			$sent += $now;
		} while ( $now > 0 && microtime( true ) < $deadline );
		$summary = $this->bridge->outbox()->summary();
		return array(
			'sent'    => $sent,
			'pending' => $summary['pending'],
			'dead'    => $summary['dead'],
		);
	}

	/**
	 * One round of `wp sidehook work`: a process that lives for hours must not grow, and must see what others change.
	 *
	 * @return int How many were sent.
	 */
	public function work_once(): int {
		global $wpdb;
		wp_cache_flush_runtime();
		$wpdb->queries = array();
		$sent          = 0;
		Failures::guard( fn () => $this->bridge->valve()->release() );
		Failures::guard(
			function () use ( &$sent ): void {
				$sent = $this->bridge->forwarder()->flush( Limits::long_run() );
			}
		);
		return $sent;
	}

	/**
	 * @param ?string $state `pending` or `dead`; null for both.
	 * @return list<array{id: int, event: string, type: string, site: int, occurred_at: string, state: string, attempts: int, last_error: string}>
	 */
	public function list_outbox( ?string $state, int $limit ): array {
		global $wpdb;
		$table  = $this->bridge->table();
		$states = null === $state ? array( 'pending', 'dead' ) : array( $state, $state );
		return $table->politely(
			static fn (): array => array_map(
				static fn ( array $row ): array => array(
					'id'       => (int) $row['id'],
					'site'     => (int) $row['site'],
					'attempts' => (int) $row['attempts'],
				) + $row,
				$wpdb->get_results(
					$wpdb->prepare(
						"SELECT id, event_id AS event, type, site_id AS site, occurred_at, state, attempts, COALESCE(last_error, '') AS last_error
						FROM {$table->name()} WHERE network_id = %d AND state IN (%s, %s) ORDER BY id LIMIT %d",
						get_current_network_id(),
						...array( ...$states, $limit )
					),
					ARRAY_A
				)
			)
		);
	}

	/**
	 * Lets events go again that were refused for good, all of them or one.
	 *
	 * @return int How many.
	 */
	public function retry_outbox( ?string $event_id ): int {
		return $this->change_dead( 'UPDATE %s SET state = \'pending\', attempts = 0, available_at = UTC_TIMESTAMP()', $event_id );
	}

	/**
	 * Removes events that were refused for good, all of them or one. What still can be sent is never removed.
	 *
	 * @return int How many.
	 */
	public function purge_outbox( ?string $event_id ): int {
		return $this->change_dead( 'DELETE FROM %s', $event_id );
	}

	/**
	 * Takes over the webhooks of Ultimate Multisite.
	 *
	 * @param bool $is_dry_run Says what would become of each, and changes nothing.
	 * @return array{rows: list<array{webhook: string, status: string, detail: string}>, failure: ?string}
	 */
	public function import( bool $is_dry_run ): array {
		$takeover = $this->bridge->takeover();
		if ( ! $is_dry_run && ! $takeover->is_on() ) {
			return array(
				'rows'    => array(),
				'failure' => 'Ultimate Multisite would go on sending them itself: set SIDEHOOK_MODE to takeover first.',
			);
		}
		$outcome = $is_dry_run ? $takeover->mirror()->preview() : $takeover->compare();
		$rows    = array();
		foreach ( $outcome->counts as $status => $count ) {
			$rows[] = array(
				'webhook' => '',
				'status'  => $status,
				'detail'  => (string) $count,
			);
		}
		foreach ( $outcome->problems as $id => $problem ) {
			$rows[] = array(
				'webhook' => (string) $id,
				'status'  => 'not taken',
				'detail'  => $problem,
			);
		}
		return array(
			'rows'    => $rows,
			'failure' => $outcome->failure,
		);
	}

	private function change_dead( string $action, ?string $event_id ): int {
		global $wpdb;
		$table     = $this->bridge->table();
		$statement = sprintf( $action, $table->name() ) . $wpdb->prepare( " WHERE network_id = %d AND state = 'dead'", get_current_network_id() );
		$statement .= null === $event_id ? '' : $wpdb->prepare( ' AND event_id = %s', $event_id );
		return $table->politely( static fn (): int => $table->run( $statement ) );
	}
}
