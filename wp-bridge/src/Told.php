<?php
/**
 * What this request has told already: several hooks tell of the same thing.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class Told {

	/** A long import forgets: hooks that tell of the same thing come close together. */
	private const MAX = 1000;

	/** @var array<string, string> Event => the hook that told of it. */
	private array $told = array();

	/**
	 * Whether another hook has told of it; else this one has now.
	 *
	 * @param array<int|string, int|string> $ids What it happened to.
	 */
	public function is_repeated( string $type, array $ids, string $by ): bool {
		$key = $type . ' ' . implode( ' ', array_map( strval( ... ), $ids ) );
		if ( isset( $this->told[ $key ] ) ) {
			return $this->told[ $key ] !== $by;
		}
		if ( count( $this->told ) >= self::MAX ) {
			array_shift( $this->told );
		}
		$this->told[ $key ] = $by;
		return false;
	}

	/** Whether this is the first time; there is no second one, whichever hook it is. */
	public function is_first( string $type, int|string $id ): bool {
		$is_known = isset( $this->told[ "$type $id" ] );
		$this->is_repeated( $type, array( $id ), '' );
		return ! $is_known;
	}

	public function forget_all(): void {
		$this->told = array();
	}

	public function forget( string $type, int|string $id ): void {
		unset( $this->told[ "$type $id" ] );
	}
}
