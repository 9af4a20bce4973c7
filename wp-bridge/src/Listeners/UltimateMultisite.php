<?php
/**
 * Events of Ultimate Multisite: those it sends itself, and those it only writes into its log.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Listeners;

use Sidehook\Recorder;

final class UltimateMultisite {

	/** It offers them for webhooks and never sends them. Its log also holds what is no event: deliveries, changed columns. */
	private const LOGGED = array(
		'checkout_started',
		'checkout_step_completed',
		'checkout_completed',
		'checkout_failed',
		'subsite_post_created',
		'subsite_cpt_created',
		'subsite_user_registered',
		'subsite_woocommerce_order',
	);

	/** Event types of which other hooks tell as well => the field that says what it happened to. */
	private const ALSO_DERIVED = array(
		'customer_created'      => 'customer_id',
		'membership_created'    => 'membership_id',
		'payment_created'       => 'payment_id',
		'domain_registered'     => 'domain_name',
		'domain_renewed'        => 'domain_name',
		'domain_renewal_failed' => 'domain_name',
	);

	/** Noisy ones => the field that says what it happened to. */
	private const UPDATES = array(
		'customer_updated'   => 'customer_id',
		'membership_updated' => 'membership_id',
		'payment_updated'    => 'payment_id',
	);

	public function __construct( private readonly Recorder $recorder ) {}

	/** Sent as it is, whatever is in it. */
	public function event( string $type, mixed $payload ): void {
		$id = is_array( $payload ) && isset( self::UPDATES[ $type ] ) ? $payload[ self::UPDATES[ $type ] ] ?? null : null;
		if ( is_scalar( $id ) ) {
			$this->recorder->told()->is_repeated( $type, array( $id ), 'wu_event' );
			// What it leaves to the sidecar must be kept before it comes to send it.
			$this->recorder->is_taken_over( $type )
				? $this->recorder->record_before_sent( $type, static fn (): mixed => $payload )
				: $this->recorder->coalesce( "$type $id", $type, $payload );
		} elseif ( ! $this->is_told_by_another( $type, $payload, 'wu_event' ) ) {
			$this->recorder->record_before_sent( $type, static fn (): mixed => $payload );
		}
	}

	public function logged( mixed $data, object $event, mixed $is_new ): void {
		$type = (string) $event->get_slug();
		if ( ! $is_new || ! in_array( $type, self::LOGGED, true ) || 'webhook' === $event->get_object_type() ) {
			return;
		}
		$payload = $event->get_payload();
		if ( is_array( $payload ) && ! $this->is_told_by_another( $type, $payload, 'wu_event_post_save' ) ) {
			$this->recorder->record( $type, $payload );
		}
	}

	/** Recognised by its ids. The same hook may tell of the same thing twice: then it has happened twice. */
	private function is_told_by_another( string $type, mixed $payload, string $hook ): bool {
		if ( ! is_array( $payload ) || ! ( isset( self::ALSO_DERIVED[ $type ] ) || in_array( $type, self::LOGGED, true ) ) ) {
			return false;
		}
		$is_id = static fn ( string|int $name ): bool => isset( self::ALSO_DERIVED[ $type ] )
			? self::ALSO_DERIVED[ $type ] === $name
			: str_ends_with( (string) $name, '_id' );
		$ids   = array_filter( array_filter( $payload, $is_id, ARRAY_FILTER_USE_KEY ), is_scalar( ... ) );
		ksort( $ids );
		return $this->recorder->told()->is_repeated( $type, $ids, $hook );
	}
}
