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

if ( PHP_VERSION_ID < 80100 ) {
	/**
	 * Tells the network admin why nothing is sent.
	 */
	function sidehook_old_php_notice() {
		echo '<div class="notice notice-error"><p>';
		/* translators: %s: the version of PHP that runs here */
		echo esc_html( sprintf( __( 'Sidehook needs PHP 8.1 or newer and does nothing: this server runs PHP %s.', 'sidehook' ), PHP_VERSION ) );
		echo '</p></div>';
	}
	add_action( 'network_admin_notices', 'sidehook_old_php_notice' );
	return;
}

require_once __DIR__ . '/src/autoload.php';
require_once __DIR__ . '/functions.php';

\Sidehook\Bridge::instance()->register();
