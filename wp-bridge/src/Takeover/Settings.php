<?php
/**
 * What the network admin has chosen for the takeover, and where it stands.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Takeover;

final class Settings {

	private const OPTION = 'sidehook_takeover';

	private const DEFAULTS = array(
		'obeys_flag'    => false,
		'compared_at'   => 0,
		'counted_until' => 0,
		'failure'       => '',
		'unstored'      => array(),
	);

	/** Whether webhooks that Ultimate Multisite shows as inactive get nothing. It has always sent to them. */
	public function obeys_flag(): bool {
		return (bool) $this->read()['obeys_flag'];
	}

	/** Whether `wp-config.php` or the environment says who sends, so that no button can. */
	public static function is_mode_fixed(): bool {
		return defined( 'SIDEHOOK_MODE' ) || '' !== (string) getenv( 'SIDEHOOK_MODE' );
	}

	/** @return array{obeys_flag: bool, compared_at: int, counted_until: int, failure: string, unstored: array<string, array<string, mixed>>} */
	public function read(): array {
		$known = get_network_option( null, self::OPTION );
		return ( is_array( $known ) ? $known : array() ) + self::DEFAULTS;
	}

	/** @param array<string, mixed> $changes */
	public function change( array $changes ): void {
		$before = $this->read();
		$after  = array_merge( $before, $changes );
		if ( $after !== $before ) {
			update_network_option( null, self::OPTION, $after );
		}
	}
}
