<?php
/**
 * Brings the sidecar's copies of Ultimate Multisite's webhooks to what they are now.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Takeover;

use Sidehook\Answer;

/**
 * A webhook is taken over when the sidecar has confirmed it, one batch after the other: each event in between is sent
 * by whoever has the webhook at that moment. Nothing here needs to be finished for that to hold.
 */
final class Mirror {

	/** The sidecar takes no more. */
	private const BATCH = 200;

	/** Of each request. */
	private const SECONDS = 10.0;

	public function __construct(
		private readonly Originals $originals,
		private readonly Taken $taken,
		private readonly Client $client,
		private readonly Settings $settings
	) {}

	/** What would become of each webhook; nothing is changed, here or there. */
	public function preview(): Outcome {
		return $this->mirror( $this->originals->list_all(), true );
	}

	/**
	 * Whether the sidecar still has what it has confirmed, and nothing has changed here since. Looked at without being
	 * told: a database that was restored or edited fires no hook, and a sidecar may begin anew. What it does not have
	 * as it should is Ultimate Multisite's again, at once.
	 */
	public function is_right(): bool {
		$answer = $this->client->list_mirrored( self::SECONDS );
		if ( ! $answer->is_ok() ) {
			return true; // Nobody can say: what is recorded meanwhile waits for it.
		}
		$digests = array_column( (array) ( $answer->body['data'] ?? array() ), 'digest', 'id' );
		$rows    = $this->taken->list_rows();
		$wrong   = array_filter( $rows, static fn ( object $row ): bool => null !== $row->sidecar_id && ( $digests[ $row->sidecar_id ] ?? '' ) !== self::digest( $row ) );
		$this->taken->forget( array_keys( $wrong ) );
		$originals = $this->originals->list_all();
		$changed   = array_filter( $originals, fn ( Original $original ): bool => $this->is_changed( $original, $rows[ $original->id ] ?? null ) );
		return array() === $wrong && array() === $changed && array() === self::missing( array_keys( $rows ), $originals );
	}

	/** As the sidecar makes it: a URL may hold credentials, which it shows to nobody. */
	private static function digest( object $row ): string {
		return hash( 'sha256', trim( $row->url ) . "\n{$row->type}" );
	}

	/** Takes over all that the sidecar confirms, and removes there what is no longer here. */
	public function take_over_all(): Outcome {
		return $this->alone(
			function (): Outcome {
				$originals = $this->originals->list_all();
				$this->taken->forget( self::missing( array_keys( $this->taken->list_rows() ), $originals ) );
				$outcome = $this->mirror( $originals, false );
				return null === $outcome->failure ? $outcome->or_failure( $this->delete_orphans( $originals ) ) : $outcome;
			}
		);
	}

	/** @param non-empty-list<int> $ids Of webhooks that were made, changed or deleted, or saved as they were. */
	public function follow( array $ids ): Outcome {
		return $this->alone(
			function () use ( $ids ): Outcome {
				$originals = $this->originals->find( $ids );
				$rows      = $this->taken->list_rows();
				$changed   = array_filter( $originals, fn ( Original $original ): bool => $this->is_changed( $original, $rows[ $original->id ] ?? null ) );
				$gone      = array_intersect_key( $rows, array_flip( self::missing( $ids, $originals ) ) );
				return $this->mirror( array_values( $changed ), false )->or_failure( $this->delete( $gone ) );
			}
		);
	}

	/**
	 * One process after the other: of two that tell the sidecar of the same webhook, the one that has read it last must
	 * also be the last to tell.
	 *
	 * @param \Closure(): Outcome $run
	 */
	private function alone( \Closure $run ): Outcome {
		global $wpdb;
		$name = substr( DB_NAME . '.' . $this->taken->name() . '.' . get_current_network_id(), -64 );
		if ( '1' !== $wpdb->get_var( $wpdb->prepare( 'SELECT GET_LOCK(%s, %d)', $name, self::SECONDS ) ) ) {
			return Outcome::nothing()->or_failure( __( 'Somebody else is at it.', 'sidehook' ) );
		}
		try {
			return $run();
		} finally {
			$wpdb->query( $wpdb->prepare( 'SELECT RELEASE_LOCK(%s)', $name ) );
		}
	}

	/** Most saves change nothing: Ultimate Multisite saves a webhook each time it has sent to it. */
	private function is_changed( Original $original, ?object $row ): bool {
		return null === $row || $row->url !== $original->url || $row->event !== $original->event || $row->name !== $original->name
			|| null !== $this->tell_active( $original, $row );
	}

	/**
	 * @param array<int, object> $rows
	 * @return ?string Why it could not.
	 */
	private function delete( array $rows ): ?string {
		foreach ( $rows as $id => $row ) {
			$answer = null === $row->sidecar_id ? null : $this->client->delete( $row->sidecar_id, self::SECONDS );
			if ( null !== $answer && ! $answer->is_ok() && 404 !== $answer->status ) {
				return $answer->describe();
			}
			$this->taken->forget( array( $id ) );
		}
		return null;
	}

	/**
	 * @param list<int>      $ids
	 * @param list<Original> $originals
	 * @return list<int> Ids of webhooks that do not exist any more.
	 */
	private static function missing( array $ids, array $originals ): array {
		return array_values( array_diff( $ids, array_map( static fn ( Original $original ): int => $original->id, $originals ) ) );
	}

	/** @param list<Original> $originals */
	private function mirror( array $originals, bool $is_dry_run ): Outcome {
		$rows    = $this->taken->list_rows();
		$outcome = Outcome::nothing();
		foreach ( array_chunk( $originals, self::BATCH ) as $batch ) {
			$bodies = array_map( fn ( Original $original ): array => $original->to_mirror( $this->tell_active( $original, $rows[ $original->id ] ?? null ) ), $batch );
			$answer = $this->client->mirror( $bodies, $is_dry_run, self::SECONDS );
			if ( ! $answer->is_ok() ) {
				return $outcome->or_failure( $answer->describe() );
			}
			$results = array_column( (array) ( $answer->body['results'] ?? array() ), null, 'externalId' );
			foreach ( $batch as $original ) {
				$result = (array) ( $results[ $original->external_id() ] ?? array() );
				$outcome->add( $original, $result );
				if ( ! $is_dry_run ) {
					$this->settle( $original, $result );
				}
			}
		}
		return $outcome;
	}

	/** @param array<string, mixed> $result */
	private function settle( Original $original, array $result ): void {
		if ( in_array( $result['status'] ?? '', Outcome::CONFIRMED, true ) && is_string( $result['id'] ?? null ) ) {
			$this->taken->confirm( $original, $this->is_active( $original ), $result['id'] );
		} else {
			$this->taken->refuse( $original, $this->is_active( $original ), Outcome::describe( $result ) );
		}
	}

	/** The flag that Ultimate Multisite stores and never reads counts only where it is to be obeyed. */
	private function is_active( Original $original ): bool {
		return $original->is_active || ! $this->settings->obeys_flag();
	}

	/** Said only when it is new: who switches a webhook off in the sidecar finds it switched off tomorrow. */
	private function tell_active( Original $original, ?object $row ): ?bool {
		$is_active = $this->is_active( $original );
		return null !== $row && $is_active === (bool) (int) $row->is_active ? null : $is_active;
	}

	/**
	 * Deletes in the sidecar what was mirrored from this network and exists no more.
	 *
	 * @param list<Original> $originals
	 * @return ?string Why it could not.
	 */
	private function delete_orphans( array $originals ): ?string {
		$answer = $this->client->list_mirrored( self::SECONDS );
		$known  = array_map( static fn ( Original $original ): string => $original->external_id(), $originals );
		foreach ( (array) ( $answer->body['data'] ?? array() ) as $mirrored ) {
			$external_id = (string) ( $mirrored['externalId'] ?? '' );
			if ( str_starts_with( $external_id, get_current_network_id() . ':' ) && ! in_array( $external_id, $known, true ) ) {
				$this->client->delete( (string) $mirrored['id'], self::SECONDS );
			}
		}
		return $answer->is_ok() ? null : $answer->describe();
	}
}
