<?php
declare( strict_types=1 );

namespace Sidehook\Tests;

use Sidehook\Bridge;
use Sidehook\Limits;

final class WantedTest extends BridgeTestCase {

	public function test_everything_is_recorded_as_long_as_nobody_has_said_what_is_wanted(): void {
		do_action( 'wu_event', 'payment_received', array( 'a' => 1 ) );
		Bridge::instance()->forwarder()->flush( Limits::interactive() );
		do_action( 'wu_event', 'payment_received', array( 'a' => 1 ) );
		self::assertSame( array( 'payment_received' ), $this->types() );
	}

	public function provide_lists(): iterable {
		yield 'the type itself' => array( array( 'payment_received' ), true );
		yield 'a prefix' => array( array( 'site_*', 'payment_*' ), true );
		yield 'all' => array( array( '*' ), true );
		yield 'another type' => array( array( 'payment_failed' ), false );
		yield 'a part of the name, but no prefix' => array( array( 'payment_' ), false );
		yield 'nothing' => array( array(), false );
	}

	/** @dataProvider provide_lists */
	public function test_only_what_a_webhook_wants_is_recorded( array $patterns, bool $is_recorded ): void {
		$this->learn( $patterns );
		do_action( 'wu_event', 'payment_received', array( 'a' => 1 ) );
		self::assertSame( $is_recorded, '' !== sidehook_send_event( 'payment_received', array( 'a' => 1 ) ) );
		self::assertCount( $is_recorded ? 2 : 0, $this->rows() );
	}

	public function provide_versions(): iterable {
		yield 'a later version, by its name' => array( 'payment_received.v2', array( 'payment_received.v2' ), true );
		yield 'its first version, which nobody names' => array( 'payment_received', array( 'payment_received.v2' ), false );
		yield 'the first version, for whoever wants all' => array( 'payment_received', array( '*', 'payment_received.v2' ), true );
		yield 'a later version nobody names' => array( 'payment_received.v2', array( '*', 'payment_*', 'payment_received' ), false );
		yield 'what only looks like a version' => array( 'my_own.v2', array( 'my_*' ), true );
		yield 'what Sidehook tells of itself, to whoever wants all' => array( 'sidehook.outbox_full', array( '*' ), false );
		yield 'what Sidehook tells of itself, by name' => array( 'sidehook.outbox_full', array( 'sidehook.*' ), true );
	}

	/**
	 * As the sidecar decides who gets it: what it would give to nobody is not recorded, and everything else is.
	 *
	 * @dataProvider provide_versions
	 */
	public function test_versions_are_wanted_as_the_sidecar_sends_them( string $type, array $patterns, bool $is_wanted ): void {
		$this->learn( $patterns );
		self::assertSame( $is_wanted, Bridge::instance()->wanted()->has( $type ) );
	}

	public function test_an_unwanted_event_costs_no_statement_once_the_settings_are_read(): void {
		$this->learn( array( 'site_*' ) );
		do_action( 'wu_event', 'payment_received', array( 'a' => 1 ) );
		$before = $GLOBALS['wpdb']->num_queries;
		do_action( 'wu_event', 'payment_received', array( 'a' => 1 ) );
		self::assertSame( $before, $GLOBALS['wpdb']->num_queries );
	}

	public function test_the_answer_to_events_says_what_is_wanted_from_now_on(): void {
		self::$sidecar->answer( 'accept', array( 'wanted' => array( 'site_*' ) ) );
		$this->record( 1 );
		Bridge::instance()->forwarder()->flush( Limits::long_run() );
		self::assertFalse( Bridge::instance()->wanted()->has( 'payment_received' ) );
		self::assertSame( array(), self::$sidecar->requests( '/v1/bridge' ), 'one request is enough' );
	}

	public function test_cron_asks_each_time(): void {
		$this->learn( array( 'site_*' ) );
		self::$sidecar->answer( 'accept', array( 'wanted' => array( 'payment_*' ) ) );
		do_action( 'sidehook_flush' );
		self::assertTrue( Bridge::instance()->wanted()->has( 'payment_received' ) );
		self::assertTrue( self::$sidecar->requests( '/v1/bridge' )[0]['isSigned'] );
	}

	public function test_a_webhook_that_was_just_made_gets_the_very_next_event(): void {
		$this->learn( array( 'site_*' ), 1.0 );
		self::$sidecar->answer( 'accept', array( 'wanted' => array( 'payment_*' ) ) );
		( new Browser() )->get( '/?fire=2' );
		$this->wait_until( fn (): bool => count( self::$sidecar->events() ) === 2, 'two events' );
		self::assertCount( 1, self::$sidecar->requests( '/v1/bridge' ) );
	}

	public function test_what_was_recorded_in_doubt_is_taken_back_when_nobody_wants_it(): void {
		$this->learn( array( 'site_*' ), 1.0 );
		self::$sidecar->answer( 'accept', array( 'wanted' => array( 'site_*' ) ) );
		( new Browser() )->get( '/?fire=2' );
		$this->wait_until( fn (): bool => count( self::$sidecar->requests( '/v1/bridge' ) ) === 1, 'the question' );
		$this->wait_until( fn (): bool => array() === $this->rows(), 'an empty outbox' );
		self::assertSame( array(), self::$sidecar->events() );
	}

	public function test_the_last_list_stays_while_the_sidecar_is_away(): void {
		$this->learn( array( 'site_*' ), 3600.0 );
		Bridge::instance()->breaker()->open( 'away', null, false );
		do_action( 'wu_event', 'payment_received', array( 'a' => 1 ) );
		do_action( 'wu_event', 'site_published', array( 'a' => 1 ) );
		self::assertSame( array( 'site_published' ), $this->types() );
	}

	public function test_a_sidecar_that_hangs_is_asked_once_and_not_for_each_event(): void {
		$this->learn( array( 'site_*' ), 1.0 );
		self::$sidecar->answer( 'hang' );
		$visitor = new Browser();
		$visitor->get( '/?fire=2' );
		self::assertFalse( $this->has_failed(), 'the sidecar has two seconds, and the visitor the page' );
		$this->wait_until( fn (): bool => $this->has_failed(), 'the breaker' );
		$visitor->get( '/?fire=2' );
		self::assertCount( 1, self::$sidecar->requests( '/v1/bridge' ) );
		self::assertCount( 2, $this->rows(), 'what was in doubt is kept, and nothing more' );
	}

	public function provide_nonsense(): iterable {
		yield 'no list' => array( null );
		yield 'a text' => array( '*' );
		yield 'a list of lists' => array( array( array( '*' ) ) );
		yield 'a list without end' => array( array_fill( 0, 1001, 'a' ) );
	}

	/** @dataProvider provide_nonsense */
	public function test_nonsense_changes_nothing( mixed $wanted ): void {
		$this->learn( array( 'site_*' ) );
		Bridge::instance()->wanted()->learn( array( 'wanted' => $wanted ) );
		self::assertTrue( Bridge::instance()->wanted()->has( 'site_published' ) );
		self::assertFalse( Bridge::instance()->wanted()->has( 'payment_received' ) );
	}

	public function test_the_archive_wants_everything(): void {
		$this->learn( array() );
		update_network_option( null, 'sidehook_archive', '1' );
		self::assertTrue( Bridge::instance()->wanted()->has( 'payment_received' ) );
		delete_network_option( null, 'sidehook_archive' );
		Bridge::instance()->wanted()->learn( array( 'wanted' => array(), 'archive' => true ) );
		self::assertTrue( Bridge::instance()->wanted()->has( 'payment_received' ) );
		Bridge::instance()->wanted()->learn( array( 'wanted' => array() ) );
		self::assertTrue( Bridge::instance()->wanted()->has( 'payment_received' ), 'an answer that does not speak of it' );
	}

	public function test_a_test_that_a_person_sends_always_goes(): void {
		$this->learn( array() );
		self::assertSame( '', sidehook_send_event( 'sidehook.test', array() ) );
		self::assertNotSame( '', Bridge::instance()->recorder()->send_test( array( 'a' => 1 ) ) );
		self::assertSame( array( 'sidehook.test' ), $this->types() );
	}

	/** As if the sidecar had said it that many seconds ago. */
	private function learn( array $patterns, float $seconds_ago = 0.0 ): void {
		update_network_option(
			null,
			'sidehook_wanted',
			array(
				'patterns'   => $patterns,
				'is_archive' => false,
				'checked_at' => microtime( true ) - $seconds_ago,
			)
		);
	}

	private function has_failed(): bool {
		return Bridge::instance()->breaker()->state()['failures'] > 0;
	}
}
