<?php
/**
 * One thing that was looked at, and what is to be done about it.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class Check {

	/**
	 * @param string                         $name   For programs.
	 * @param string                         $label  What is good, or what is wrong.
	 * @param 'good'|'recommended'|'critical' $status As Site Health has them.
	 * @param string                         $text   What it means, and what to do.
	 */
	private function __construct(
		public readonly string $name,
		public readonly string $label,
		public readonly string $status,
		public readonly string $text
	) {}

	public static function good( string $name, string $label, string $text ): self {
		return new self( $name, $label, 'good', $text );
	}

	public static function recommended( string $name, string $label, string $text ): self {
		return new self( $name, $label, 'recommended', $text );
	}

	public static function critical( string $name, string $label, string $text ): self {
		return new self( $name, $label, 'critical', $text );
	}
}
