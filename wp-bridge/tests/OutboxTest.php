<?php
declare( strict_types=1 );

namespace Sidehook\Tests;

use Sidehook\Bridge;
use Sidehook\Event;

final class OutboxTest extends BridgeTestCase {

	public function test_an_event_is_there_as_soon_as_the_transaction_is_committed(): void {
		global $wpdb;
		$wpdb->query( 'START TRANSACTION' );
		sidehook_send_event( 'order_placed', array( 'order_id' => 1 ) );
		self::assertSame( '0', $this->count_from_elsewhere() );
		$wpdb->query( 'COMMIT' );
		self::assertSame( '1', $this->count_from_elsewhere() );
	}

	public function test_a_rolled_back_change_leaves_no_event(): void {
		global $wpdb;
		$wpdb->query( 'START TRANSACTION' );
		sidehook_send_event( 'order_placed', array( 'order_id' => 1 ) );
		self::assertCount( 1, $this->rows() );
		$wpdb->query( 'ROLLBACK' );
		self::assertCount( 0, $this->rows() );
	}

	/** A table made meanwhile cannot be read inside the transaction, so each end is looked at from outside. */
	public function test_a_missing_table_is_made_without_committing_what_is_open(): void {
		global $wpdb;
		foreach ( array( 'ROLLBACK' => '0', 'COMMIT' => '1' ) as $end => $expected ) {
			$wpdb->query( "DROP TABLE {$this->table()}" );
			$wpdb->query( 'START TRANSACTION' );
			$wpdb->insert( $wpdb->sitemeta, array( 'site_id' => 1, 'meta_key' => 'sidehook_test', 'meta_value' => $end ) );
			self::assertNotSame( '', sidehook_send_event( 'order_placed', array() ) );
			$wpdb->query( $end );
			self::assertSame( $expected, $wpdb->get_var( "SELECT COUNT(*) FROM $wpdb->sitemeta WHERE meta_key = 'sidehook_test'" ) );
			self::assertSame( $expected, $wpdb->get_var( "SELECT COUNT(*) FROM {$this->table()}" ) );
		}
		$wpdb->delete( $wpdb->sitemeta, array( 'meta_key' => 'sidehook_test' ) );
	}

	public function provide_payloads(): iterable {
		yield 'percent signs and placeholders' => array( array( 'a' => '100% %s %d %% {abc}' ) );
		yield 'slashes and quotes' => array( array( 'url' => "https://example.com/a'b\"c\\d" ) );
		yield 'beyond ASCII' => array( array( 'title' => 'Bäckerei বেকারি 🍞' ) );
		yield 'control characters' => array( array( 'a' => "\0\x01\n\t\x7f" ) );
		yield 'numbers' => array(
			array(
				'a' => 1.0,
				'b' => 128.99,
				'c' => '29.9000',
				'd' => PHP_INT_MAX,
				'e' => null,
				'f' => false,
			),
		);
		yield 'nested and empty' => array(
			array(
				'a' => array(),
				'b' => new \stdClass(),
				'c' => array( 'd' => array( 1, 2 ) ),
			),
		);
	}

	/** @dataProvider provide_payloads */
	public function test_a_payload_reaches_the_sidecar_byte_for_byte( array $payload ): void {
		do_action( 'wu_event', 'payment_received', $payload );
		self::assertSame( wp_json_encode( $payload ), $this->only_row()['payload'] );
		Bridge::instance()->forwarder()->flush( \Sidehook\Limits::interactive() );
		self::assertSame( wp_json_encode( $payload ), self::$sidecar->events()[0]['payload'] );
	}

	public function test_a_payload_with_broken_characters_is_still_sent(): void {
		do_action( 'wu_event', 'payment_received', array( 'name' => "Bj\xf6rn" ) );
		$row = $this->only_row();
		self::assertSame( 'pending', $row['state'] );
		self::assertIsArray( json_decode( $row['payload'], true, 512, JSON_THROW_ON_ERROR ) );
	}

	public function test_a_payload_that_can_never_be_sent_is_not_lost_silently(): void {
		do_action( 'wu_event', 'too_large', array( 'a' => str_repeat( 'x', Event::MAX_BYTES ) ) );
		do_action( 'wu_event', 'no_json', array( 'a' => NAN ) );
		do_action( 'wu_event', 'just_fits', array( 'a' => str_repeat( 'x', Event::MAX_BYTES - strlen( '{"a":""}' ) ) ) );
		list( $too_large, $no_json, $just_fits ) = $this->rows();
		self::assertSame( array( 'dead', 'dead', 'pending' ), array( $too_large['state'], $no_json['state'], $just_fits['state'] ) );
		self::assertStringContainsString( '262152 bytes', $too_large['last_error'] );
		self::assertStringContainsString( 'not JSON', $no_json['last_error'] );
	}

	public function test_others_find_their_own_insert_id_after_an_event(): void {
		global $wpdb;
		$wpdb->insert( $wpdb->sitemeta, array( 'site_id' => 1, 'meta_key' => 'sidehook_test', 'meta_value' => 'x' ) );
		$id = $wpdb->insert_id;
		self::assertGreaterThan( 0, $id );
		sidehook_send_event( 'order_placed', array() );
		self::assertSame( $id, $wpdb->insert_id );
		$wpdb->delete( $wpdb->sitemeta, array( 'meta_id' => $id ) );
	}

	public function test_ids_are_in_the_order_of_what_happened(): void {
		$ids = array_map( static fn (): string => Event::happened( 'a', array() )->id, range( 1, 50 ) );
		usleep( 2000 );
		$later = Event::happened( 'a', array() )->id;
		self::assertCount( 50, array_unique( $ids ) );
		self::assertGreaterThan( max( $ids ), $later );
		self::assertMatchesRegularExpression( '/^evt_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/D', $later );
	}

	public function test_never_claims_more_than_one_request_carries(): void {
		$this->record( 120 );
		self::assertCount( 100, Bridge::instance()->outbox()->claim() );
		self::assertCount( 20, Bridge::instance()->outbox()->claim() );
		self::assertCount( 0, Bridge::instance()->outbox()->claim() );
	}

	public function test_never_claims_more_bytes_than_one_request_carries(): void {
		$this->record( 5, array( 'a' => str_repeat( 'x', 200 * 1024 ) ) );
		self::assertCount( 2, Bridge::instance()->outbox()->claim() );
	}

	public function test_two_processes_never_share_a_row(): void {
		$this->record( 600 );
		$code    = '$claim = fn () => array_column( Sidehook\Bridge::instance()->outbox()->claim(), "id" );
			echo "ready\n"; fgets( STDIN ); $ids = $claim(); echo "claimed\n"; fgets( STDIN );
			while ( $some = $claim() ) array_push( $ids, ...$some );
			echo json_encode( $ids );';
		$started = array( $this->start_php( $code ), $this->start_php( $code ), $this->start_php( $code ) );
		foreach ( array( 'ready', 'claimed' ) as $said ) {
			foreach ( $started as list( , $pipes ) ) {
				self::assertSame( "$said\n", fgets( $pipes[1] ) );
			}
			foreach ( $started as list( , $pipes ) ) {
				fwrite( $pipes[0], "go\n" );
			}
		}
		$claimed = array_map( fn ( array $php ): array => json_decode( $this->finish_php( $php ), true ), $started );
		$all     = array_merge( ...$claimed );
		self::assertSame( count( $all ), count( array_unique( $all ) ), 'a row was claimed twice' );
		self::assertCount( 600, $all );
		self::assertCount( 3, array_filter( $claimed ) );
	}

	public function test_sending_never_waits_for_an_open_checkout(): void {
		$this->record( 3 );
		$checkout = $this->start_php( '$wpdb->query( "START TRANSACTION" ); sidehook_send_event( "order_placed", [] ); echo "open\n"; fgets( STDIN ); $wpdb->query( "COMMIT" );' );
		self::assertSame( "open\n", fgets( $checkout[1][1] ) );
		$claimed = Bridge::instance()->outbox()->claim();
		self::assertCount( 3, $claimed );
		Bridge::instance()->outbox()->release( array( $claimed[0] ), 'later', true );
		Bridge::instance()->outbox()->bury( $claimed[1], 'never' );
		Bridge::instance()->outbox()->delete( array( $claimed[2] ) );
		self::assertTrue( proc_get_status( $checkout[0] )['running'], 'it is open all the time' );
		fwrite( $checkout[1][0], "done\n" );
		$this->finish_php( $checkout );
	}

	public function test_a_claim_inside_a_transaction_nobody_told_us_of_comes_to_an_end(): void {
		global $wpdb;
		$this->record( 1 );
		mysqli_begin_transaction( $wpdb->dbh );
		self::assertCount( 1, $this->rows() );
		$this->finish_php( $this->start_php( 'Sidehook\Bridge::instance()->outbox()->claim();' ) );
		self::assertSame( array(), Bridge::instance()->outbox()->claim() );
		mysqli_rollback( $wpdb->dbh );
	}

	public function test_what_a_dead_process_claimed_comes_back(): void {
		global $wpdb;
		$this->record( 1 );
		self::assertCount( 1, Bridge::instance()->outbox()->claim() );
		self::assertCount( 0, Bridge::instance()->outbox()->claim() );
		$wpdb->query( "UPDATE {$this->table()} SET claimed_until = UTC_TIMESTAMP() - INTERVAL 1 SECOND" );
		self::assertCount( 1, Bridge::instance()->outbox()->claim() );
	}

	public function test_whoever_comes_too_late_cannot_release_the_claim_of_another(): void {
		global $wpdb;
		$this->record( 1 );
		$late = Bridge::instance()->outbox()->claim();
		$wpdb->query( "UPDATE {$this->table()} SET claimed_until = UTC_TIMESTAMP() - INTERVAL 1 SECOND" );
		$current = Bridge::instance()->outbox()->claim();
		Bridge::instance()->outbox()->release( $late, 'too late', false );
		self::assertSame( $current[0]->claim_token, $this->only_row()['claim_token'] );
	}

	private function count_from_elsewhere(): string {
		return $this->finish_php( $this->start_php( "echo \$wpdb->get_var( 'SELECT COUNT(*) FROM {$this->table()}' );" ) );
	}
}
