<?php
/**
 * An event that waits for the end of the request, because more of its kind may follow.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class Kept {

	/**
	 * @param array<string, mixed>|\Closure $payload
	 * @param ?array<string, array|true>    $changes
	 * @param array<string, int|string>     $context Where it happened; that may no longer be the current site.
	 */
	public function __construct(
		public readonly string $type,
		private readonly array|\Closure $payload,
		private readonly ?array $changes,
		public readonly array $context,
		public readonly float $at
	) {}

	/** What has changed since the first of them. */
	public function after( self $before ): self {
		if ( null === $this->changes || null === $before->changes ) {
			return $this;
		}
		$changes = $before->changes;
		foreach ( $this->changes as $name => $change ) {
			$changes[ $name ] = is_array( $change ) && isset( $changes[ $name ] ) ? array( 'old' => $changes[ $name ]['old'] ) + $change : $change;
		}
		return new self( $this->type, $this->payload, $changes, $this->context, $this->at );
	}

	/** Something was changed and changed back, or was never changed. */
	public function is_idle(): bool {
		return array() === $this->real_changes();
	}

	/** @return ?array<string, mixed> Null when what it is about has come to nothing. */
	public function payload(): ?array {
		$payload = is_array( $this->payload ) ? $this->payload : ( $this->payload )();
		return null === $payload || null === $this->changes ? $payload : $payload + array( 'changes' => $this->real_changes() );
	}

	/** @return ?array<string, array|true> */
	private function real_changes(): ?array {
		return null === $this->changes ? null : array_filter(
			$this->changes,
			static fn ( array|bool $change ): bool => true === $change || $change['old'] !== $change['new']
		);
	}
}
