<?php
declare( strict_types=1 );

namespace Sidehook\Tests;

use Sidehook\Bridge;

/** Requests of the web: nginx and PHP-FPM, from outside. */
final class PageTest extends BridgeTestCase {

	/** Else a page asks for it when it has sent its events, and that may still be under way when the next test begins. */
	protected function setUp(): void {
		parent::setUp();
		Bridge::instance()->wanted()->learn( array( 'wanted' => array( '*' ) ) );
	}

	public function test_events_of_a_page_reach_the_sidecar_by_themselves(): void {
		( new Browser() )->get( '/shop/?fire=3' );
		$this->wait_until( fn (): bool => count( self::$sidecar->events() ) === 3, 'three events' );
		$this->wait_until( fn (): bool => array() === $this->rows(), 'an empty outbox' );
		$context = self::$sidecar->events()[0]['context'];
		self::assertSame( array( 2, 'web' ), array( $context['siteId'], $context['source'] ) );
		self::assertSame( array( 1, 2, 3 ), array_column( array_column( self::$sidecar->events(), 'context' ), 'sequence' ) );
	}

	public function test_a_visitor_does_not_wait_for_a_sidecar_that_hangs(): void {
		self::$sidecar->answer( 'hang' );
		$visitor = new Browser();
		$visitor->get( '/?fire=1' );
		self::assertSame( 200, $visitor->status );
		self::assertSame( '0', $this->only_row()['attempts'], 'the sidecar has two seconds, and the visitor the page' );
		$this->wait_until( fn (): bool => 1 === (int) $this->only_row()['attempts'], 'the attempt' );
		self::$sidecar->answer( 'accept' );
		$visitor->get( '/?fire=1' );
		$visitor->get( '/?fire=1' );
		self::assertSame( array(), self::$sidecar->requests(), 'pages keep away while the breaker is open' );
		self::assertCount( 3, $this->rows() );
	}

	public function test_a_sidecar_that_is_away_costs_a_page_next_to_nothing(): void {
		$this->configure( 'http://127.0.0.1:1', StandIn::KEY );
		$visitor = new Browser();
		$visitor->get( '/?fire=1' );
		$this->wait_until( fn (): bool => Bridge::instance()->breaker()->state()['open_until'] > time(), 'the breaker' );
		for ( $i = 1; $i < 11; $i++ ) {
			$visitor->get( '/?fire=1' );
			Bridge::instance()->breaker()->open( 'away', null, false );
		}
		self::assertCount( 11, $this->rows() );
		self::assertSame( 1, array_sum( array_column( $this->rows(), 'attempts' ) ), 'the first page has found out for all' );
	}

	public function test_a_page_without_events_asks_the_database_nothing_and_loads_no_more_than_its_hooks_need(): void {
		list( $statements, $files ) = json_decode( ( new Browser() )->get( '/?idle' ), true );
		self::assertSame( array(), $statements );
		self::assertEqualsCanonicalizing( array( 'sidehook.php', 'functions.php', 'src/Bridge.php', 'src/Hooks.php', 'src/Transaction.php' ), $files );
	}

	public function test_php_has_nothing_to_complain_about_our_code(): void {
		( new Browser() )->get( '/?fire=1' );
		$lines = (array) file( WP_DEBUG_LOG );
		self::assertNotSame( array(), preg_grep( '/ms-functions/', $lines ), 'the log is not where WordPress complains about itself' );
		self::assertSame( array(), array_values( preg_grep( '/wp-bridge.(src|functions|sidehook|uninstall)/', $lines ) ) );
	}
}
