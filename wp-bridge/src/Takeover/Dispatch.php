<?php
/**
 * Keeps Ultimate Multisite from sending an event to the webhooks to which the sidecar sends it.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Takeover;

/**
 * Its sender lists all webhooks and takes those of the event: while it does, those that are taken over are not on the
 * list. Mails, its log and every other listener see nothing of it, and once this class is gone there is nothing to undo.
 */
final class Dispatch {

	/** Events that were announced and never dispatched must not fill the memory of a long-running process. */
	private const MAX_WAITING = 20;

	/** @var list<array{type: string, payload: mixed, ids: list<int>}> Announced and not yet dispatched: one may cause others. */
	private array $waiting = array();

	/** @var list<list<int>> Of the dispatches that are going on, the innermost last. */
	private array $running = array();

	/** @var array<string, true> */
	private array $watched = array();

	/**
	 * On `wu_event`, right after the event was recorded and before anybody else hears of it.
	 *
	 * @param non-empty-list<int> $ids The webhooks to be left out.
	 */
	public function announce( string $type, mixed $payload, array $ids ): void {
		$this->waiting[] = compact( 'type', 'payload', 'ids' );
		if ( count( $this->waiting ) > self::MAX_WAITING ) {
			array_shift( $this->waiting );
		}
		if ( ! isset( $this->watched[ $type ] ) ) {
			$this->watch( $type );
		}
	}

	private function watch( string $type ): void {
		if ( array() === $this->watched ) {
			add_filter( Originals::filter_name(), $this->filter_webhooks( ... ), PHP_INT_MAX );
		}
		$this->watched[ $type ] = true;
		add_action( "wu_event_$type", fn ( mixed $payload = null ) => $this->begin( $type, $payload ), PHP_INT_MIN );
		add_action( "wu_event_$type", $this->end( ... ), PHP_INT_MAX );
	}

	/** Whatever was announced after it has come to nothing, or has been dispatched. */
	private function begin( string $type, mixed $payload ): void {
		$ids = array();
		for ( $at = count( $this->waiting ) - 1; $at >= 0; $at-- ) {
			if ( $this->waiting[ $at ]['type'] === $type && $this->waiting[ $at ]['payload'] === $payload ) {
				$ids = $this->waiting[ $at ]['ids'];
				array_splice( $this->waiting, $at );
				break;
			}
		}
		$this->running[] = $ids;
	}

	private function end(): void {
		array_pop( $this->running );
	}

	private function filter_webhooks( mixed $webhooks ): mixed {
		$ids = array() === $this->running ? array() : end( $this->running );
		if ( array() === $ids || ! is_array( $webhooks ) ) {
			return $webhooks;
		}
		return array_values( array_filter( $webhooks, static fn ( mixed $webhook ): bool => ! in_array( self::id_of( $webhook ), $ids, true ) ) );
	}

	private static function id_of( mixed $webhook ): int {
		return (int) ( is_object( $webhook ) ? ( method_exists( $webhook, 'get_id' ) ? $webhook->get_id() : $webhook->id ?? 0 ) : $webhook );
	}
}
