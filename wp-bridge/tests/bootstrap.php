<?php
/**
 * Loads the WordPress of the throw-away network into the tests' own process.
 *
 * SIDEHOOK_TEST_ROOT is the folder of its wp-load.php, SIDEHOOK_TEST_SCHEMAS a file with the JSON Schemas of
 * the event catalog by event type, SIDEHOOK_TEST_NODE the program that runs the stand-in; tools/phpunit.ts
 * sets all three.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

// PHPUnit includes this file inside a function; WordPress believes itself at the top.
global $wpdb, $wp, $wp_query, $wp_the_query, $wp_rewrite, $wp_did_header, $current_site, $current_blog, $table_prefix,
	$shortcode_tags, $wp_object_cache, $wp_widget_factory, $wp_roles, $wp_locale, $wp_locale_switcher, $wp_embed, $wp_version, $wp_db_version;

$root = getenv( 'SIDEHOOK_TEST_ROOT' );
if ( ! is_string( $root ) || ! is_file( "$root/wp-load.php" ) ) {
	exit( "Run `node tools/phpunit.ts`: it brings up the network these tests run in.\n" );
}
require "$root/wp-load.php";
require ABSPATH . 'wp-admin/includes/admin.php';
require __DIR__ . '/StandIn.php';
require __DIR__ . '/Browser.php';
require __DIR__ . '/BridgeTestCase.php';

// WordPress 6.1 is older than the PHP below it and says so on every line; the web requests of PageTest do not look away.
error_reporting( E_ALL & ~E_DEPRECATED );

// What a plugin of somebody else does during a request of the web: see PageTest.
copy( __DIR__ . '/fire.php', WPMU_PLUGIN_DIR . '/fire.php' );
