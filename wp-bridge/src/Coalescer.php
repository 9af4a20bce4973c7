<?php
/**
 * Makes one event of what happens to the same object again and again in one request.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

/**
 * What is kept is recorded before the open transaction ends, so that it is committed or undone with it.
 * A process that is killed loses what it keeps; one that ends with an error does not.
 */
final class Coalescer {

	/** An import does not fill the memory. */
	private const MAX = 50;

	/** @var array<string, Kept> */
	private array $kept = array();

	/** @param \Closure(Kept): void $record */
	public function __construct( private readonly \Closure $record ) {}

	public function keep( string $key, Kept $event ): void {
		$this->kept[ $key ] = isset( $this->kept[ $key ] ) ? $event->after( $this->kept[ $key ] ) : $event;
		if ( count( $this->kept ) >= self::MAX ) {
			$this->release_all();
		}
	}

	public function has( string $key ): bool {
		return isset( $this->kept[ $key ] );
	}

	public function forget( string $key ): void {
		unset( $this->kept[ $key ] );
	}

	/** Something is about to be recorded that must not come before it. */
	public function release( string $key ): void {
		if ( isset( $this->kept[ $key ] ) ) {
			$event = $this->kept[ $key ];
			unset( $this->kept[ $key ] );
			if ( ! $event->is_idle() ) {
				( $this->record )( $event );
			}
		}
	}

	/** Each for itself: what fails must not take the others along. */
	public function release_all(): void {
		foreach ( array_keys( $this->kept ) as $key ) {
			Failures::guard( fn () => $this->release( $key ) );
		}
	}
}
