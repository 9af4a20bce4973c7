<?php
/**
 * Decides for each event, once, to which webhooks of Ultimate Multisite the sidecar sends it.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Takeover;

use Sidehook\Config;
use Sidehook\Event;

/**
 * The decision is written into the event, and stands: the sidecar sends to those webhooks and to no other of Ultimate
 * Multisite's, whatever is switched over, changed or switched back while the event is on its way. Ultimate Multisite
 * leaves out exactly the same ones, and only once the event is safely kept.
 */
final class Handover {

	/** For how long it is taken as known of which types any webhook was taken over: most events are of none. */
	private const KNOWN_SECONDS = 1.0;

	/** @var list<string> */
	private array $types = array();

	private float $types_read_at = -INF;

	/** @var array<string, list<int>> Event type => the webhooks to which its last event was left. */
	private array $left = array();

	public function __construct( private readonly Config $config, private readonly Taken $taken ) {}

	/** Whether the sidecar sends events of this type to any webhook of Ultimate Multisite's. */
	public function has( string $type ): bool {
		if ( 'takeover' !== $this->config->mode() ) {
			return false;
		}
		$now = hrtime( true ) / 1e9;
		if ( $now - $this->types_read_at > self::KNOWN_SECONDS ) {
			$this->types         = $this->taken->list_types();
			$this->types_read_at = $now;
		}
		return in_array( $type, $this->types, true );
	}

	/**
	 * What goes into the context of an event that is about to be recorded.
	 *
	 * @param array<string, mixed> $context
	 * @return array<string, mixed>
	 */
	public function mark( string $type, array $context ): array {
		unset( $this->left[ $type ] );
		$ids = $this->has( $type ) ? $this->taken->list_ids( $type ) : array();
		return array() === $ids ? $context : $context + array( 'takenOver' => $ids );
	}

	/** The event is kept. What the sidecar can never take, Ultimate Multisite goes on sending itself. */
	public function settle( Event $event ): void {
		$ids = $event->context['takenOver'] ?? array();
		if ( array() !== $ids && null === $event->problem && str_starts_with( $event->payload, '{' ) ) {
			$this->left[ $event->type ] = $ids;
		}
	}

	/**
	 * Asked once for each event that Ultimate Multisite is about to send.
	 *
	 * @return list<int> The webhooks it is to leave out.
	 */
	public function take( string $type ): array {
		$ids = $this->left[ $type ] ?? array();
		unset( $this->left[ $type ] );
		return $ids;
	}
}
