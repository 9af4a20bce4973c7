<?php
/**
 * Brings the number of events in Ultimate Multisite's list of webhooks up to what the sidecar has delivered.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Takeover;

final class Counts {

	private const SECONDS = 10.0;

	public function __construct(
		private readonly Originals $originals,
		private readonly Client $client,
		private readonly Settings $settings
	) {}

	/** Counted from this hour on. */
	public function begin( int $now ): void {
		if ( 0 === $this->settings->read()['counted_until'] ) {
			$this->settings->change( array( 'counted_until' => self::hour_of( $now ) ) );
		}
	}

	/** Hours that are over are counted once: the sidecar keeps its own numbers by the hour, and so nothing is left over. */
	public function bring_up_to_date( int $now ): void {
		$since = $this->settings->read()['counted_until'];
		$until = self::hour_of( $now );
		if ( 0 === $since || $since >= $until ) {
			return;
		}
		$answer = $this->client->count_delivered( self::time( $since ), self::time( $until ), self::SECONDS );
		if ( ! $answer->is_ok() ) {
			return;
		}
		// First: an hour that is not counted is a smaller mistake than one that is counted twice.
		$this->settings->change( array( 'counted_until' => $until ) );
		$this->originals->add_to_counts( self::by_id( (array) ( $answer->body['data'] ?? array() ) ) );
	}

	/**
	 * @param array<int, array{externalId: string, delivered: int}> $counts Of all networks.
	 * @return array<int, int>
	 */
	private static function by_id( array $counts ): array {
		$delivered = array();
		foreach ( $counts as $count ) {
			list( $network_id, $id ) = array_map( intval( ... ), explode( ':', $count['externalId'] . ':' ) );
			if ( get_current_network_id() === $network_id && $id > 0 ) {
				$delivered[ $id ] = (int) $count['delivered'];
			}
		}
		return $delivered;
	}

	private static function hour_of( int $now ): int {
		return $now - $now % HOUR_IN_SECONDS;
	}

	private static function time( int $seconds ): string {
		return gmdate( 'Y-m-d\TH:i:s\Z', $seconds );
	}
}
