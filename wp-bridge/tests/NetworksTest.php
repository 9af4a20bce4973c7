<?php
declare( strict_types=1 );

namespace Sidehook\Tests;

use Sidehook\Bridge;
use Sidehook\Limits;

/** Several networks in one database, several sites in one request, and a plugin that goes away while it sends. */
final class NetworksTest extends BridgeTestCase {

	protected function tearDown(): void {
		$GLOBALS['current_site']->id = 1;
		$GLOBALS['wpdb']->query( "DELETE FROM {$GLOBALS['wpdb']->sitemeta} WHERE site_id = 2" );
		$this->forget_options();
	}

	public function test_networks_of_one_database_keep_apart(): void {
		sidehook_send_event( 'here', array() );
		$this->on_network( 2, static fn () => sidehook_send_event( 'there', array() ) );
		self::assertSame( array( '1', '2' ), array_column( $this->rows(), 'network_id' ) );
		$this->flush();
		self::assertSame( array( 'here' ), array_column( self::$sidecar->events(), 'type' ) );
		$this->on_network(
			2,
			function (): void {
				self::assertSame( 0, $this->flush(), 'it knows no sidecar' );
				$this->configure( self::$sidecar->url, StandIn::KEY );
				self::assertSame( 1, $this->flush() );
				self::assertSame( array( 2 ), array_unique( array_column( array_column( array_slice( self::$sidecar->events(), 1 ), 'context' ), 'networkId' ) ) );
			}
		);
	}

	public function test_a_sidecar_that_is_away_for_one_network_is_not_away_for_the_other(): void {
		Bridge::instance()->breaker()->open( 'away', null, false );
		$this->on_network( 2, fn () => self::assertTrue( Bridge::instance()->breaker()->begin( true ) ) );
		self::assertFalse( Bridge::instance()->breaker()->begin( true ) );
	}

	public function test_an_event_belongs_to_the_site_that_is_current_when_it_happens(): void {
		sidehook_send_event( 'outside', array() );
		switch_to_blog( 2 );
		sidehook_send_event( 'inside', array() );
		switch_to_blog( 3 );
		sidehook_send_event( 'deeper', array() );
		self::assertSame( 3, $this->flush(), 'whatever site is current' );
		restore_current_blog();
		restore_current_blog();
		$contexts = array_column( self::$sidecar->events(), 'context' );
		self::assertSame( array( 1, 2, 3 ), array_column( $contexts, 'siteId' ) );
		self::assertStringEndsWith( '/news', $contexts[2]['siteUrl'] );
	}

	public function test_a_plugin_that_is_deactivated_while_it_sends_loses_nothing_and_goes_on_when_it_is_back(): void {
		$this->record( 150 );
		$this->just_when_answered( fn () => $this->finish_php( $this->start_php( 'require_once ABSPATH . "wp-admin/includes/plugin.php"; deactivate_plugins( "sidehook/sidehook.php", false, true );' ) ) );
		try {
			$this->flush();
		} finally {
			$this->finish_php( $this->start_php( 'require_once ABSPATH . "wp-admin/includes/plugin.php"; activate_plugin( "sidehook/sidehook.php", "", true );' ) );
		}
		$this->flush();
		self::assertSame( array(), $this->rows() );
		$sent = array_column( self::$sidecar->events(), 'type', 'id' );
		self::assertCount( 150, array_keys( $sent, 'test_event', true ) );
		self::assertContains( 'wp_plugin_deactivated', $sent, 'what happens at that moment is told too' );
	}

	/** As when an update replaces the files of a class that is not loaded yet. */
	public function test_a_flush_that_breaks_in_the_middle_is_done_again(): void {
		$this->record( 2 );
		$this->just_when_answered( static fn () => throw new \Error( 'Class "Sidehook\Answer" not found' ) );
		$log = (string) ini_set( 'error_log', '/dev/null' );
		do_action( 'sidehook_flush' );
		ini_set( 'error_log', $log );
		self::assertCount( 2, $this->rows() );
		$GLOBALS['wpdb']->query( "UPDATE {$this->table()} SET claimed_until = UTC_TIMESTAMP() - INTERVAL 1 SECOND" );
		self::assertSame( 2, $this->flush() );
		self::assertCount( 2, array_unique( array_column( self::$sidecar->events(), 'id' ) ) );
	}

	private function just_when_answered( callable $run ): void {
		$once = static function ( mixed $answer ) use ( $run, &$once ): mixed {
			remove_filter( 'http_response', $once );
			$run();
			return $answer;
		};
		add_filter( 'http_response', $once );
	}

	private function on_network( int $id, callable $run ): void {
		$GLOBALS['current_site']->id = $id;
		try {
			$run();
		} finally {
			$GLOBALS['current_site']->id = 1;
		}
	}

	private function flush(): int {
		return Bridge::instance()->forwarder()->flush( Limits::interactive() );
	}
}
