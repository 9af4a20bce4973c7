<?php
/**
 * What the sidecar said about each of Ultimate Multisite's webhooks.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Takeover;

final class Outcome {

	/** Answers after which the sidecar sends. */
	public const CONFIRMED = array( 'created', 'updated', 'unchanged' );

	/** @var array<string, int> Answer => how many. */
	public array $counts = array();

	/** @var array<int, string> Id of a webhook => why the sidecar does not take it. */
	public array $problems = array();

	/** @param ?string $failure Why it came to no end; what was confirmed before holds. */
	private function __construct( public ?string $failure ) {}

	public static function nothing(): self {
		return new self( null );
	}

	public function or_failure( ?string $failure ): self {
		$this->failure ??= $failure;
		return $this;
	}

	/** @param array<string, mixed> $result Of the sidecar; empty when it has said nothing. */
	public function add( Original $original, array $result ): void {
		$status                  = (string) ( $result['status'] ?? 'unknown' );
		$this->counts[ $status ] = 1 + ( $this->counts[ $status ] ?? 0 );
		if ( ! in_array( $status, self::CONFIRMED, true ) ) {
			$this->problems[ $original->id ] = self::describe( $result );
		}
	}

	public function count_confirmed(): int {
		return array_sum( array_intersect_key( $this->counts, array_flip( self::CONFIRMED ) ) );
	}

	/** @param array<string, mixed> $result */
	public static function describe( array $result ): string {
		$problems = array_filter( (array) ( $result['problems'] ?? array() ), is_array( ... ) );
		$texts    = array_map( static fn ( array $problem ): string => trim( ( $problem['path'] ?? '' ) . ': ' . ( $problem['message'] ?? '' ), ': ' ), $problems );
		return implode( '; ', $texts ) ?: __( 'The sidecar has said nothing about it.', 'sidehook' );
	}
}
