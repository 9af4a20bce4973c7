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
			// phpcs:ignore WordPress.PHP.NoSilencedErrors -- asking for the file first takes longer than opcache's answer; who asks for a class that is not there is no error.
			@include __DIR__ . '/' . str_replace( '\\', '/', substr( $name, 9 ) ) . '.php';
		}
	}
);
