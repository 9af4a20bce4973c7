<?php
/**
 * Notices that this is a copy of the network, which must not send what looks like events of the original.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

/**
 * With its first answer the sidecar's key is bound to the address of the network. The same key at another address means a
 * copy, such as a staging site, or that the network has moved: until a person says which, events wait and Ultimate
 * Multisite's own webhooks stay its own. Another key is bound anew, as a copy with a sidecar of its own has one.
 */
final class Staging {

	private const OPTION = 'sidehook_home';

	/** Whether the key is bound to another address. */
	public static function is_elsewhere( string $key ): bool {
		$bound = self::bound();
		return self::fingerprint( $key ) === ( $bound['key'] ?? '' ) && self::home() !== ( $bound['home'] ?? '' );
	}

	/** The sidecar has answered: from now on the key belongs to this address. */
	public static function bind( string $key ): void {
		if ( self::fingerprint( $key ) !== ( self::bound()['key'] ?? '' ) ) {
			self::move( $key );
		}
	}

	/** A person says that the network has moved here. */
	public static function move( string $key ): void {
		update_network_option(
			null,
			self::OPTION,
			array(
				'key'  => self::fingerprint( $key ),
				'home' => self::home(),
			)
		);
	}

	/** Shown beside the problem, to those who may manage the network. */
	public static function print_form( string $key ): void {
		if ( ! self::is_elsewhere( $key ) ) {
			return;
		}
		printf( '<div class="card"><h2>%s</h2><p>%s</p>', esc_html__( 'Is this a copy, or has the network moved?', 'sidehook' ), esc_html__( 'A copy, such as a staging site, needs a sidecar and a key of its own; until then nothing leaves it. If the network has moved here, what waits is sent.', 'sidehook' ) );
		printf( '<form method="post" action="%s"><input type="hidden" name="action" value="sidehook_moved">', esc_url( admin_url( 'admin-post.php' ) ) );
		wp_nonce_field( 'sidehook_moved', '_wpnonce', false );
		printf( '<p><button class="button">%s</button></p></form></div>', esc_html__( 'The network has moved here', 'sidehook' ) );
	}

	/** @return array{key?: string, home?: string} */
	private static function bound(): array {
		$bound = Options::get( self::OPTION );
		return is_array( $bound ) ? $bound : array();
	}

	/** The address itself would be rewritten by whatever rewrites the addresses of a copy. */
	private static function home(): string {
		$network = get_network();
		return self::fingerprint( strtolower( (string) preg_replace( '/^www\./i', '', "$network->domain$network->path" ) ) );
	}

	private static function fingerprint( string $text ): string {
		return substr( hash( 'sha256', "sidehook $text" ), 0, 16 );
	}
}
