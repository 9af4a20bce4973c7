<?php
declare( strict_types=1 );

namespace Sidehook\Tests;

use Sidehook\Bridge;
use Sidehook\Hooks;

final class PluginTest extends BridgeTestCase {

	public function test_says_one_version_everywhere(): void {
		$folder = dirname( __DIR__ );
		$header = get_plugin_data( "$folder/sidehook.php", false, false )['Version'];
		preg_match( '/^Stable tag: (.+)$/m', (string) file_get_contents( "$folder/readme.txt" ), $tag );
		$package = json_decode( (string) file_get_contents( dirname( $folder ) . '/package.json' ), true );
		self::assertSame( array( $header, $header, $header ), array( Bridge::VERSION, $tag[1], $package['version'] ) );
	}

	public function test_asks_for_the_same_wordpress_and_php_everywhere(): void {
		$folder = dirname( __DIR__ );
		$header = get_plugin_data( "$folder/sidehook.php", false, false );
		$readme = (string) file_get_contents( "$folder/readme.txt" );
		self::assertStringContainsString( "Requires at least: {$header['RequiresWP']}\n", $readme );
		self::assertStringContainsString( "Requires PHP: {$header['RequiresPHP']}\n", $readme );
		self::assertTrue( $header['Network'] );
	}

	public function test_hears_every_hook_of_the_table(): void {
		foreach ( Hooks::TABLE as $hook => list( $class, $method, $priority, $arguments ) ) {
			$listener = new \ReflectionMethod( "Sidehook\\Listeners\\$class", $method );
			self::assertTrue( $listener->isPublic(), "$class::$method" );
			self::assertSame( $arguments, $listener->getNumberOfParameters(), "$class::$method" );
			self::assertArrayHasKey( $priority, $GLOBALS['wp_filter'][ $hook ]->callbacks, $hook );
		}
	}

	/** Whatever it fires at that moment: nothing waits for a plugin to be known. */
	public function test_hears_a_plugin_that_becomes_active_within_the_request(): void {
		$folder = WP_PLUGIN_DIR . '/late';
		mkdir( $folder );
		file_put_contents(
			"$folder/late.php",
			'<?php /* Plugin Name: Late */ do_action( "wu_domain_added", "loaded.example", 2 ); register_activation_hook( __FILE__, fn () => do_action( "wu_domain_added", "activated.example", 2 ) );'
		);
		update_network_option( null, 'sidehook_url', 'http://127.0.0.1:1' );
		try {
			$this->finish_php( $this->start_php( 'require_once ABSPATH . "wp-admin/includes/plugin.php"; activate_plugin( "late/late.php" ); deactivate_plugins( "late/late.php" );' ) );
		} finally {
			unlink( "$folder/late.php" );
			rmdir( $folder );
		}
		self::assertSame( array( 'domain_mapped', 'domain_mapped', 'wp_plugin_activated', 'wp_plugin_deactivated' ), $this->types() );
	}

	public function test_is_told_of_its_own_activation_only(): void {
		$this->record( 1 );
		do_action( 'deactivate_plugin', 'other/sidehook.php', true );
		self::assertCount( 1, $this->rows(), 'nothing is handed over' );
		do_action( 'deactivate_plugin', 'sidehook/sidehook.php', true );
		self::assertSame( array( array(), false ), array( $this->rows(), wp_next_scheduled( 'sidehook_flush' ) ) );
		do_action( 'activate_plugin', 'other/sidehook.php', true );
		self::assertFalse( wp_next_scheduled( 'sidehook_flush' ) );
		do_action( 'activate_plugin', 'sidehook/sidehook.php', true );
		self::assertIsInt( wp_next_scheduled( 'sidehook_flush' ) );
	}

	public function test_a_setting_is_a_constant_else_from_the_environment_else_an_option_else_the_default(): void {
		$ask = 'echo Sidehook\Bridge::instance()->config()->mode();';
		self::assertSame( 'observe', $this->finish_php( $this->start_php( $ask ) ) );
		update_network_option( null, 'sidehook_mode', 'takeover' );
		self::assertSame( 'takeover', $this->finish_php( $this->start_php( $ask ) ) );
		putenv( 'SIDEHOOK_MODE=off' );
		self::assertSame( 'off', $this->finish_php( $this->start_php( $ask ) ) );
		self::assertSame( 'observe', $this->finish_php( $this->start_php( "define( 'SIDEHOOK_MODE', 'observe' ); $ask" ) ) );
		putenv( 'SIDEHOOK_MODE' );
	}

	public function test_reads_its_options_with_one_statement_and_as_wordpress_does(): void {
		update_network_option( null, 'sidehook_mode', 'takeover' );
		$ask = '$n = $wpdb->num_queries; Sidehook\Options::prime( Sidehook\Bridge::instance()->table(), false ); $mode = get_network_option( null, "sidehook_mode" ); $off = get_network_option( null, "sidehook_groups_off", "none" ); echo json_encode( [ $mode, $off, $wpdb->num_queries - $n ] );';
		self::assertSame( '["takeover","none",1]', $this->finish_php( $this->start_php( $ask ) ) );
		$ask .= 'update_network_option( null, "sidehook_groups_off", array( "users" ) ); echo json_encode( get_network_option( null, "sidehook_groups_off" ) );';
		self::assertSame( '["takeover","none",1]["users"]', $this->finish_php( $this->start_php( $ask ) ) );
	}

	public function test_says_what_is_wrong_with_its_settings(): void {
		$config = Bridge::instance()->config();
		self::assertNull( $config->problem() );
		$this->configure( 'ftp://127.0.0.1', StandIn::KEY );
		self::assertStringContainsString( 'SIDEHOOK_URL', (string) $config->problem() );
		$this->configure( self::$sidecar->url, 'whsec_short' );
		self::assertStringContainsString( 'SIDEHOOK_KEY', (string) $config->problem() );
	}

	public function test_uninstalling_never_destroys_what_was_not_handed_over(): void {
		global $wpdb;
		$uninstall = "define( 'WP_UNINSTALL_PLUGIN', 'sidehook/sidehook.php' ); require WP_PLUGIN_DIR . '/sidehook/uninstall.php';";
		$this->record( 1 );
		$this->finish_php( $this->start_php( $uninstall ) );
		self::assertCount( 1, $this->rows() );
		$wpdb->query( "DELETE FROM {$this->table()}" );
		$this->finish_php( $this->start_php( $uninstall ) );
		self::assertNull( $wpdb->get_var( "SHOW TABLES LIKE '{$this->table()}'" ) );
		self::assertSame( '0', $wpdb->get_var( "SELECT COUNT(*) FROM $wpdb->sitemeta WHERE meta_key LIKE 'sidehook%'" ) );
		wp_cache_flush();
		Bridge::instance()->activate();
	}

	public function test_deactivating_hands_over_what_waits_and_keeps_the_table(): void {
		$this->record( 2 );
		Bridge::instance()->deactivate();
		self::assertCount( 2, self::$sidecar->events() );
		self::assertFalse( wp_next_scheduled( 'sidehook_flush' ) );
		Bridge::instance()->activate();
		self::assertIsInt( wp_next_scheduled( 'sidehook_flush' ) );
	}
}
