<?php
/**
 * Keeps the outbox from filling the disk of the database while the sidecar is away.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

/**
 * What can be done without stops first, payments and memberships last, and nothing is lost in silence: reaching a limit is
 * an event of its own, and when there is room again another one tells how many of each type were not recorded.
 */
final class Capacity {

	private const OPTION = 'sidehook_full';

	/** Level => from which part of the allowed rows or bytes on. */
	private const LEVELS = array(
		1 => 0.8,
		2 => 1.0,
		3 => 1.5,
	);

	/** Only then is there room again: else the outbox would be full every other minute. */
	private const ROOM = 0.5;

	/** Stop at level 1. */
	private const DISPENSABLE = array( 'subsite-activity', 'content', 'security', 'maintenance', 'checkout' );

	/** Go on at level 2; at level 3 nothing does. */
	private const VITAL = array( 'payments', 'memberships', 'customers', 'woocommerce' );

	/** Counting a full outbox takes tens of milliseconds: one of so many events does it, after the page has gone out. */
	private const MEASURED_EVERY = 500;

	private const MEASURED_EVERY_WHEN_FULL = 20;

	public function __construct(
		private readonly Config $config,
		private readonly Groups $groups,
		private readonly Table $table,
		private readonly Outbox $outbox
	) {}

	public function has_room_for( string $type ): bool {
		$level = $this->state()['level'];
		if ( 0 === $level || str_starts_with( $type, 'sidehook.' ) ) {
			return true;
		}
		$group = $this->groups->of( $type );
		return match ( $level ) {
			1 => ! in_array( $group, self::DISPENSABLE, true ),
			2 => in_array( $group, self::VITAL, true ),
			default => false,
		};
	}

	/** Counted for all processes, until there is room to tell. */
	public function count_lost( string $type ): void {
		global $wpdb;
		$this->table->politely(
			fn (): int => $this->table->run(
				$wpdb->prepare(
					"INSERT INTO {$this->table->name()} (network_id, event_id, type, site_id, payload, context, occurred_at, attempts, available_at, state, bytes)
					VALUES (%d, %s, %s, 0, '', '', UTC_TIMESTAMP(6), 1, UTC_TIMESTAMP(), 'lost', 0) ON DUPLICATE KEY UPDATE attempts = attempts + 1",
					get_current_network_id(),
					'lost_' . get_current_network_id() . '_' . substr( md5( $type ), 0, 16 ),
					$type
				)
			)
		);
	}

	/** @param int $recorded How many events this process has recorded since it was asked last. */
	public function measure_now_and_then( int $recorded ): void {
		$every = 0 === $this->state()['level'] ? self::MEASURED_EVERY : self::MEASURED_EVERY_WHEN_FULL;
		if ( random_int( 1, $every ) <= $recorded ) {
			$this->measure();
		}
	}

	public function measure(): void {
		$state  = $this->state();
		$filled = $this->count();
		$part   = max( $filled['waiting'] / $this->config->max_rows(), $filled['bytes'] / $this->config->max_bytes() );
		$level  = count( array_filter( self::LEVELS, static fn ( float $from ): bool => $part >= $from ) );
		if ( $level > $state['level'] ) {
			$this->save( $level, 0 === $state['level'] ? time() : $state['since'] );
			$this->tell_full( $level, $filled );
		} elseif ( $state['level'] > 0 && $part < self::ROOM ) {
			$this->save( 0, 0 );
			$this->tell_lost( $state['since'] );
		}
	}

	/** @return array{level: int, since: int} Level 0: everything is recorded. */
	public function state(): array {
		$state = Options::get( self::OPTION );
		return ( is_array( $state ) ? $state : array() ) + array(
			'level' => 0,
			'since' => 0,
		);
	}

	private function save( int $level, int $since ): void {
		update_network_option(
			null,
			self::OPTION,
			array(
				'level' => $level,
				'since' => $since,
			)
		);
	}

	/** @return array{waiting: int, bytes: int} */
	private function count(): array {
		global $wpdb;
		$row = $this->table->politely(
			fn (): ?array => $wpdb->get_row(
				$wpdb->prepare( "SELECT COUNT(*) AS waiting, COALESCE(SUM(bytes), 0) AS bytes FROM {$this->table->name()} WHERE network_id = %d AND state = 'pending'", get_current_network_id() ),
				ARRAY_A
			)
		);
		return array_map( intval( ... ), $row ?? array() ) + array(
			'waiting' => 0,
			'bytes'   => 0,
		);
	}

	/** @param array{waiting: int, bytes: int} $filled */
	private function tell_full( int $level, array $filled ): void {
		$stopped = array(
			1 => 'dispensable',
			2 => 'all but vital',
			3 => 'all',
		);
		Failures::note( "The outbox is full ({$filled['waiting']} events, {$filled['bytes']} bytes): it takes no more events of these: {$stopped[ $level ]}." );
		$this->outbox->add(
			Event::happened(
				'sidehook.outbox_full',
				$filled + array(
					'max_waiting' => $this->config->max_rows(),
					'max_bytes'   => $this->config->max_bytes(),
					'stopped'     => $stopped[ $level ],
				)
			)
		);
	}

	/** Whoever deletes a count is the one that tells of it; what is counted meanwhile waits for the next time. */
	private function tell_lost( int $since ): void {
		global $wpdb;
		$rows = $this->table->politely(
			fn (): array => $wpdb->get_results( $wpdb->prepare( "SELECT id, type, attempts FROM {$this->table->name()} WHERE network_id = %d AND state = 'lost'", get_current_network_id() ) )
		);
		$lost = array();
		foreach ( $rows as $row ) {
			$is_ours = $this->table->politely( fn (): int => $this->table->run( $wpdb->prepare( "DELETE FROM {$this->table->name()} WHERE id = %d AND attempts = %d", $row->id, $row->attempts ) ) );
			$lost   += 1 === $is_ours ? array( $row->type => (int) $row->attempts ) : array();
		}
		if ( array() !== $lost ) {
			$payload = array(
				'count'  => array_sum( $lost ),
				'events' => (object) $lost,
				'since'  => gmdate( 'Y-m-d\TH:i:s\Z', $since ),
			);
			$this->outbox->add( Event::happened( 'sidehook.events_lost', $payload ) );
		}
	}
}
