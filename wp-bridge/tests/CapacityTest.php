<?php
declare( strict_types=1 );

namespace Sidehook\Tests;

use Sidehook\Bridge;
use Sidehook\Failures;
use Sidehook\Limits;

/** At most ten events, or 10,000 bytes, may wait here. */
final class CapacityTest extends BridgeTestCase {

	private const TOLD = array( 'wp_login', 'site_published', 'my_own', 'payment_received' );

	private string $log = '';

	protected function setUp(): void {
		parent::setUp();
		$this->log = (string) ini_set( 'error_log', '/dev/null' );
		putenv( 'SIDEHOOK_OUTBOX_MAX_ROWS=10' );
		putenv( 'SIDEHOOK_OUTBOX_MAX_BYTES=10000' );
	}

	protected function tearDown(): void {
		putenv( 'SIDEHOOK_OUTBOX_MAX_ROWS' );
		putenv( 'SIDEHOOK_OUTBOX_MAX_BYTES' );
		ini_set( 'error_log', $this->log );
	}

	public function provide_fillings(): iterable {
		yield 'room for all' => array( 7, self::TOLD, null );
		yield 'nearly full' => array( 8, array( 'site_published', 'my_own', 'payment_received' ), 'dispensable' );
		yield 'full' => array( 10, array( 'payment_received' ), 'all but vital' );
		yield 'far too full' => array( 15, array(), 'all' );
	}

	/** @dataProvider provide_fillings */
	public function test_what_can_be_done_without_stops_first( int $waiting, array $recorded, ?string $stopped ): void {
		$this->record( $waiting );
		Bridge::instance()->capacity()->measure();
		$this->tell();
		$types = array_values( array_diff( $this->types_of( 'pending' ), array( 'test_event' ) ) );
		self::assertSame( null === $stopped ? $recorded : array( 'sidehook.outbox_full', ...$recorded ), $types );
		$marker = array_column( $this->rows(), 'payload', 'type' )['sidehook.outbox_full'] ?? 'null';
		self::assertSame( $stopped, json_decode( $marker, true )['stopped'] ?? null );
	}

	public function test_bytes_fill_it_too(): void {
		$this->record( 2, array( 'a' => str_repeat( 'x', 5000 ) ) );
		Bridge::instance()->capacity()->measure();
		$this->tell();
		self::assertNotContains( 'site_published', $this->types_of( 'pending' ) );
	}

	public function test_what_was_not_recorded_is_told_when_there_is_room_again(): void {
		$this->record( 10 );
		Bridge::instance()->capacity()->measure();
		$this->tell();
		$this->tell();
		Bridge::instance()->forwarder()->flush( Limits::interactive() );
		Bridge::instance()->capacity()->measure();
		$this->tell();
		$lost = json_decode( array_column( $this->rows(), 'payload', 'type' )['sidehook.events_lost'], true );
		self::assertEquals( array( 'wp_login' => 2, 'site_published' => 2, 'my_own' => 2 ), $lost['events'] );
		self::assertSame( 6, $lost['count'] );
		self::assertSame( array( 'sidehook.events_lost', ...self::TOLD ), $this->types_of( 'pending' ) );
		self::assertSame( array(), $this->types_of( 'lost' ) );
	}

	public function test_it_is_not_full_and_empty_by_turns(): void {
		$this->record( 10 );
		Bridge::instance()->capacity()->measure();
		$GLOBALS['wpdb']->query( "DELETE FROM {$this->table()} ORDER BY id LIMIT 4" );
		Bridge::instance()->capacity()->measure();
		self::assertSame( 2, Bridge::instance()->capacity()->state()['level'] );
		self::assertCount( 1, array_keys( $this->types(), 'sidehook.outbox_full', true ) );
	}

	public function test_cron_measures_and_the_network_admin_is_told(): void {
		$this->configure( 'http://127.0.0.1:1', StandIn::KEY );
		$this->record( 10 );
		do_action( 'sidehook_flush' );
		self::assertSame( 2, Bridge::instance()->capacity()->state()['level'] );
		self::assertStringContainsString( 'The outbox is full', Failures::summary()['message'] );
	}

	public function test_what_nobody_wants_is_not_counted_as_lost(): void {
		Bridge::instance()->wanted()->learn( array( 'wanted' => array( 'payment_*' ) ) );
		$this->record( 10 );
		Bridge::instance()->capacity()->measure();
		$this->tell();
		self::assertSame( array(), $this->types_of( 'lost' ) );
	}

	private function tell(): void {
		foreach ( self::TOLD as $type ) {
			sidehook_send_event( $type, array( 'a' => 1 ) );
		}
	}

	/** @return list<string> */
	private function types_of( string $state ): array {
		return array_values( array_column( array_filter( $this->rows(), static fn ( array $row ): bool => $state === $row['state'] ), 'type' ) );
	}
}
