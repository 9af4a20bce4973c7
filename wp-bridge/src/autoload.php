<?php
/**
 * Loads the classes of the plugin; there is nothing of anybody else's to load.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

spl_autoload_register(
	static function ( string $name ): void {
		if ( str_starts_with( $name, 'Sidehook\\' ) && ! str_contains( $name, '/' ) ) {
			$file = __DIR__ . '/' . str_replace( '\\', '/', substr( $name, 9 ) ) . '.php';
			if ( is_file( $file ) ) {
				require $file;
			}
		}
	}
);
