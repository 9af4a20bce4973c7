<?php
/**
 * The plugin in the language of whoever looks at it.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class Translations {

	private const DOMAIN = 'sidehook';

	/** At `init` or later: WordPress warns of everything earlier. */
	public static function load(): void {
		add_filter( 'load_textdomain_mofile', self::nearest( ... ), 10, 2 );
		load_plugin_textdomain( self::DOMAIN, false, dirname( plugin_basename( dirname( __DIR__ ) . '/sidehook.php' ) ) . '/languages' );
	}

	/**
	 * Somebody who reads Bengali of India reads that of Bangladesh rather than English.
	 *
	 * @param string $file   The file that WordPress would load.
	 * @param string $domain Whose texts.
	 */
	public static function nearest( string $file, string $domain ): string {
		if ( self::DOMAIN !== $domain || is_readable( $file ) || 1 !== preg_match( '/-([a-z]{2,3})(_\w+)?\.mo$/', $file, $found ) ) {
			return $file;
		}
		$files = glob( dirname( __DIR__ ) . "/languages/sidehook-$found[1]*.mo" ) ?: array();
		return $files[0] ?? $file;
	}
}
