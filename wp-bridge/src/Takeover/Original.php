<?php
/**
 * A webhook as Ultimate Multisite keeps it.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Takeover;

final class Original {

	/** Names that events had in WP Ultimo 1: webhooks were carried over with them, and have never been sent since. */
	private const SUCCESSORS = array(
		'account_created'    => 'customer_created',
		'account_deleted'    => 'customer_deleted',
		'new_domain_mapping' => 'domain_created',
		'payment_successful' => 'payment_received',
		'refund_issued'      => 'payment_refunded',
		'plan_change'        => 'membership_plan_changed',
	);

	private function __construct(
		public readonly int $id,
		public readonly string $name,
		public readonly string $url,
		public readonly string $event,
		public readonly int $event_count,
		public readonly bool $is_active,
		public readonly string $integration
	) {}

	/** @param object $row Of its table: all values are texts. */
	public static function from( object $row ): self {
		return new self(
			id: (int) $row->id,
			name: (string) $row->name,
			url: (string) $row->webhook_url,
			event: (string) $row->event,
			event_count: (int) $row->event_count,
			is_active: (bool) (int) $row->active,
			integration: (string) $row->integration
		);
	}

	/** The event type it is told of by Sidehook. */
	public function type(): string {
		return self::successor_of( $this->event );
	}

	public static function successor_of( string $event ): string {
		return self::SUCCESSORS[ $event ] ?? $event;
	}

	public function is_of_old_version(): bool {
		return isset( self::SUCCESSORS[ $this->event ] );
	}

	/** Its name in the sidecar. */
	public function external_id(): string {
		return get_current_network_id() . ':' . $this->id;
	}

	/**
	 * As the sidecar takes it.
	 *
	 * @param ?bool $is_active Null leaves the sidecar's own switch as it is.
	 * @return array<string, mixed>
	 */
	public function to_mirror( ?bool $is_active ): array {
		return array(
			'externalId' => $this->external_id(),
			'name'       => '' === trim( $this->name ) ? "Webhook {$this->id}" : $this->name,
			'url'        => $this->url,
			'events'     => array( $this->type() ),
		) + ( null === $is_active ? array() : array( 'active' => $is_active ) );
	}
}
