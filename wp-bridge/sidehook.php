<?php
/**
 * Plugin Name:       Sidehook
 * Description:       Hands every event of the network to the Sidehook sidecar, which delivers it as signed webhooks: durably, and without making a visitor wait.
 * Version:           0.1.0
 * Requires at least: 6.1
 * Requires PHP:      8.1
 * Author:            Sidehook
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:       sidehook
 * Domain Path:       /languages
 * Network:           true
 * Update URI:        false
 *
 * This file alone keeps to the syntax of old PHP, so that an old PHP shows a notice and not a blank page.
 *
 * @package Sidehook
 */

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

if ( PHP_VERSION_ID < 80100 || version_compare( $GLOBALS['wp_version'], '6.1', '<' ) ) {
	/**
	 * Tells the network admin why nothing is sent.
	 */
	function sidehook_old_server_notice() {
		echo '<div class="notice notice-error"><p>';
		/* translators: 1: the version of PHP that runs here, 2: that of WordPress */
		echo esc_html( sprintf( __( 'Sidehook needs PHP 8.1 and WordPress 6.1, or newer, and does nothing: here are PHP %1$s and WordPress %2$s.', 'sidehook' ), PHP_VERSION, $GLOBALS['wp_version'] ) );
		echo '</p></div>';
	}
	add_action( 'network_admin_notices', 'sidehook_old_server_notice' );
	return;
}

spl_autoload_register(
	static function ( $name ) {
		if ( 0 === strpos( $name, 'Sidehook\\' ) && false === strpos( $name, '/' ) ) {
			// phpcs:ignore WordPress.PHP.NoSilencedErrors -- asking for the file first takes longer than opcache's answer; who asks for a class that is not there is no error.
			@include __DIR__ . '/src/' . str_replace( '\\', '/', substr( $name, 9 ) ) . '.php';
		}
	}
);

require_once __DIR__ . '/functions.php';

\Sidehook\Bridge::instance()->register();
