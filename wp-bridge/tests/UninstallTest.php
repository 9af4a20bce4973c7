<?php
declare( strict_types=1 );

namespace Sidehook\Tests;

use Sidehook\Bridge;
use Sidehook\Event;

final class UninstallTest extends BridgeTestCase {

	private const UNINSTALL = "define( 'WP_UNINSTALL_PLUGIN', 'sidehook/sidehook.php' ); require WP_PLUGIN_DIR . '/sidehook/uninstall.php';";

	protected function tearDown(): void {
		wp_cache_flush();
		Bridge::instance()->activate();
	}

	public function test_keeps_events_in_the_table_and_in_files_until_it_is_told_otherwise(): void {
		global $wpdb;
		$this->record( 1 );
		Bridge::instance()->spool()->keep( Event::happened( 'test_event', array( 'a' => 1 ) ) );
		$this->finish_php( $this->start_php( self::UNINSTALL ) );
		self::assertCount( 1, $this->rows() );
		self::assertSame( 1, Bridge::instance()->spool()->count() );
		$this->finish_php( $this->start_php( "define( 'SIDEHOOK_REMOVE_EVENTS', true ); " . self::UNINSTALL ) );
		self::assertSame( array(), $wpdb->get_col( "SHOW TABLES LIKE '{$wpdb->base_prefix}sidehook%'" ) );
		clearstatcache();
		self::assertDirectoryDoesNotExist( self::SPOOL );
	}

	public function test_leaves_nothing_behind_where_nothing_waits(): void {
		global $wpdb;
		update_network_option( 7, 'sidehook_url', 'http://127.0.0.1:1' );
		set_site_transient( 'sidehook_answer_1', 'Saved.', MINUTE_IN_SECONDS );
		$this->finish_php( $this->start_php( self::UNINSTALL ) );
		self::assertSame( array(), $wpdb->get_col( "SHOW TABLES LIKE '{$wpdb->base_prefix}sidehook%'" ) );
		self::assertSame( array(), $wpdb->get_col( "SELECT meta_key FROM $wpdb->sitemeta WHERE meta_key LIKE '%sidehook\_%'" ) );
		wp_cache_flush();
		self::assertFalse( wp_next_scheduled( 'sidehook_flush' ) );
	}
}
