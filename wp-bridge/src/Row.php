<?php
/**
 * One row of the outbox.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class Row {

	private function __construct(
		public readonly int $id,
		public readonly string $event_id,
		public readonly string $type,
		public readonly int $site_id,
		public readonly string $payload,
		public readonly string $context,
		public readonly string $occurred_at,
		public readonly string $state,
		public readonly string $claim_token,
		public readonly string $last_error
	) {}

	public static function from( object $columns ): self {
		return new self(
			(int) $columns->id,
			$columns->event_id,
			$columns->type,
			(int) $columns->site_id,
			$columns->payload,
			$columns->context,
			str_replace( ' ', 'T', $columns->occurred_at ) . 'Z',
			$columns->state,
			(string) $columns->claim_token,
			(string) $columns->last_error
		);
	}
}
