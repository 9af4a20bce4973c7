<?php
declare( strict_types=1 );

namespace Sidehook\Tests;

use Sidehook\Bridge;
use Sidehook\Breaker;
use Sidehook\Limits;

final class ForwarderTest extends BridgeTestCase {

	public function test_what_the_sidecar_has_taken_leaves_the_outbox(): void {
		$this->record( 3 );
		self::assertSame( 3, $this->flush() );
		self::assertSame( array(), $this->rows() );
		self::assertCount( 3, self::$sidecar->events() );
	}

	public function test_a_request_is_what_the_contract_says(): void {
		$id = sidehook_send_event( 'order_placed', array( 'order_id' => 5 ) );
		$this->flush();
		list( $request ) = self::$sidecar->requests();
		self::assertTrue( $request['isSigned'] );
		self::assertSame( 'application/json', $request['headers']['content-type'] );
		$example = $this->complete_request();
		$sent    = json_decode( $request['body'], true );
		self::assertSame( array_keys( $example ), array_keys( $sent ) );
		self::assertEqualsCanonicalizing( array_keys( $example['events'][0] ), array_keys( $sent['events'][0] ) );
		foreach ( $example['events'][0] as $name => $value ) {
			self::assertSame( gettype( $value ), gettype( $sent['events'][0][ $name ] ), $name );
		}
		foreach ( $sent['events'][0]['context'] as $name => $value ) {
			self::assertSame( gettype( $example['events'][0]['context'][ $name ] ), gettype( $value ), $name );
		}
		self::assertSame( array( $id, '{"order_id":5}' ), array( $sent['events'][0]['id'], $sent['events'][0]['payload'] ) );
		self::assertMatchesRegularExpression( '/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/D', $sent['events'][0]['occurredAt'] );
	}

	public function test_every_request_has_an_id_of_its_own(): void {
		$this->record( 101 );
		self::assertSame( 101, $this->flush() );
		$ids = array_column( array_column( self::$sidecar->requests(), 'headers' ), 'webhook-id' );
		self::assertCount( 2, array_unique( $ids ) );
	}

	public function test_an_event_whose_answer_was_lost_is_a_duplicate_and_leaves_too(): void {
		global $wpdb;
		$this->record( 1 );
		$row = $this->only_row();
		$this->flush();
		$wpdb->insert( $this->table(), $row );
		self::assertSame( 1, $this->flush() );
		self::assertSame( array(), $this->rows() );
	}

	public function test_what_the_sidecar_rejects_is_kept_with_the_reason_and_not_sent_again(): void {
		self::$sidecar->answer( 'accept', array( 'reject' => array( 'bad_event' ) ) );
		sidehook_send_event( 'good_event', array() );
		sidehook_send_event( 'bad_event', array() );
		$this->flush();
		$row = $this->only_row();
		self::assertSame( array( 'bad_event', 'dead' ), array( $row['type'], $row['state'] ) );
		self::assertStringContainsString( 'payload: must be nicer', $row['last_error'] );
		$this->flush();
		self::assertCount( 2, self::$sidecar->events() );
		self::assertSame( 0, $this->breaker()->state()['failures'] );
	}

	public function test_an_answer_that_does_not_tell_deletes_nothing(): void {
		self::$sidecar->answer( 'silent' );
		$this->record( 2 );
		$this->flush();
		self::assertCount( 2, $this->rows() );
	}

	public function test_a_request_that_is_too_large_is_halved_until_it_fits(): void {
		self::$sidecar->answer( 'small', array( 'maxEvents' => 3 ) );
		$this->record( 10 );
		$this->flush();
		self::assertSame( array(), $this->rows() );
		$sizes = array_map( static fn ( array $request ): int => count( json_decode( $request['body'], true )['events'] ), self::$sidecar->requests() );
		self::assertSame( 10, $sizes[0] );
		self::assertSame( 10, array_sum( array_filter( $sizes, static fn ( int $size ): bool => $size <= 3 ) ) );
	}

	public function test_a_single_event_that_is_too_large_stops_nothing(): void {
		self::$sidecar->answer( 'small', array( 'maxEvents' => 0 ) );
		$this->record( 2 );
		$this->flush();
		self::assertSame( array( 'dead', 'dead' ), array_column( $this->rows(), 'state' ) );
	}

	public function test_a_busy_sidecar_is_left_alone_as_long_as_it_asks(): void {
		self::$sidecar->answer( 'busy', array( 'retryAfter' => 120 ) );
		$this->record( 1 );
		$this->flush();
		$this->assert_open_for( 120 );
		$this->flush();
		self::assertCount( 1, self::$sidecar->requests(), 'not even cron tries' );
		self::assertSame( 'pending', $this->only_row()['state'] );
	}

	public function test_a_wrong_key_stops_pages_for_five_minutes_and_is_told(): void {
		$this->configure( self::$sidecar->url, 'whsec_' . base64_encode( str_repeat( 'k', 32 ) ) );
		$this->record( 1 );
		$this->flush();
		$this->assert_open_for( Breaker::MAX_SECONDS );
		self::assertStringContainsString( '401', $this->breaker()->state()['reason'] );
		self::assertFalse( $this->breaker()->begin( true ) );
		self::assertStringContainsString( '401', $this->only_row()['last_error'] );
	}

	public function test_a_sidecar_that_is_away_is_tried_ever_less_often_by_pages(): void {
		$this->configure( 'http://127.0.0.1:1', StandIn::KEY );
		$this->record( 1 );
		foreach ( array( 5, 10, 20, 40, 80, 160, 300, 300 ) as $seconds ) {
			$this->flush();
			$this->assert_open_for( $seconds );
		}
		self::assertFalse( $this->breaker()->begin( true ) );
		self::assertTrue( $this->breaker()->begin( false ), 'cron goes on trying' );
		$this->configure( self::$sidecar->url, StandIn::KEY );
		self::assertSame( 1, $this->flush() );
		self::assertTrue( $this->breaker()->begin( true ) );
	}

	public function test_events_keep_their_order_over_an_outage(): void {
		$this->configure( 'http://127.0.0.1:1', StandIn::KEY );
		$first = sidehook_send_event( 'first', array() );
		$this->flush();
		$second = sidehook_send_event( 'second', array() );
		$this->configure( self::$sidecar->url, StandIn::KEY );
		$this->flush();
		self::assertSame( array( $first, $second ), array_column( self::$sidecar->events(), 'id' ) );
	}

	public function test_what_the_sidecar_stumbles_over_is_tried_ever_later_and_lets_others_pass(): void {
		global $wpdb;
		self::$sidecar->answer( 'broken' );
		$this->record( 1 );
		foreach ( array( 5, 10, 20, 40, 80, 160, 320, 640, 900, 900 ) as $attempt => $seconds ) {
			$wpdb->query( "UPDATE {$this->table()} SET available_at = UTC_TIMESTAMP()" );
			$this->flush();
			self::assertSame( (string) ( $attempt + 1 ), $this->only_row()['attempts'] );
			$delay = (int) $wpdb->get_var( "SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), available_at) FROM {$this->table()}" );
			self::assertGreaterThanOrEqual( $seconds - 2, $delay );
			self::assertLessThanOrEqual( $seconds * 1.2 + 2, $delay );
		}
		self::$sidecar->answer( 'accept' );
		$other = sidehook_send_event( 'another', array() );
		$this->flush();
		self::assertSame( array( $other ), array_column( self::$sidecar->events(), 'id' ) );
		self::assertSame( 'pending', $this->only_row()['state'] );
	}

	public function test_a_sidecar_that_hangs_costs_no_more_than_the_limit(): void {
		self::$sidecar->answer( 'hang' );
		$this->record( 1 );
		$this->bridge_flush( Limits::after_response() );
		self::assertStringContainsString( 'timed out after 2', $this->only_row()['last_error'] );
		$this->assert_open_for( 5 );
		$this->breaker()->close();
		$this->bridge_flush( Limits::before_response() );
		self::assertMatchesRegularExpression( '/timed out after \d{2,3} milliseconds/', $this->only_row()['last_error'] );
	}

	public function test_only_one_page_tries_after_a_pause(): void {
		$this->breaker()->open( 'away', 1, false );
		$this->wait_until( fn (): bool => $this->breaker()->state()['open_until'] <= time(), 'the end of the pause' );
		$code  = 'usleep( 200 ); echo (int) Sidehook\Bridge::instance()->breaker()->begin( true );';
		$pages = array( $this->start_php( $code ), $this->start_php( $code ), $this->start_php( $code ) );
		self::assertSame( 1, array_sum( array_map( fn ( array $php ): int => (int) $this->finish_php( $php ), $pages ) ) );
		self::assertFalse( $this->breaker()->begin( true ) );
	}

	/** Ultimate Multisite flushes the object cache on every save of a domain; some hosts have one on each web server. */
	public function test_no_object_cache_knows_or_forgets_that_the_sidecar_is_away(): void {
		$this->breaker()->open( 'away', null, false );
		wp_cache_flush();
		self::assertFalse( $this->breaker()->begin( true ) );
		$this->finish_php( $this->start_php( '$breaker = Sidehook\Bridge::instance()->breaker(); $breaker->state(); $breaker->close();' ) );
		self::assertTrue( $this->breaker()->begin( true ), 'closed by another process' );
	}

	public function test_a_sidecar_that_hangs_holds_up_one_process_and_no_second_one(): void {
		self::$sidecar->answer( 'hang' );
		$this->record( 1 );
		$held_up = $this->start_php( 'Sidehook\Bridge::instance()->forwarder()->flush( Sidehook\Limits::long_run() );' );
		$this->wait_until( fn (): bool => count( self::$sidecar->requests() ) === 1, 'the request that hangs' );
		$this->record( 1 );
		self::assertSame( 0, $this->bridge_flush( Limits::after_response() ) );
		self::assertTrue( proc_get_status( $held_up[0] )['running'], 'nobody has waited for its end' );
		self::assertCount( 1, self::$sidecar->requests() );
		self::$sidecar->answer( 'accept' );
		$this->finish_php( $held_up );
	}

	public function test_what_is_recorded_while_another_process_sends_is_sent_by_that_one(): void {
		$this->record( 1 );
		$late = static function ( $answer ) use ( &$late ) {
			remove_filter( 'http_response', $late );
			Bridge::instance()->outbox()->add( \Sidehook\Event::happened( 'late', array() ) );
			return $answer;
		};
		add_filter( 'http_response', $late );
		self::assertSame( 2, $this->flush() );
		self::assertSame( array(), $this->rows() );
	}

	public function test_nothing_leaves_while_a_transaction_is_open(): void {
		global $wpdb;
		foreach ( array( 'START TRANSACTION', 'begin', ' start transaction with consistent snapshot', 'SET autocommit = 0' ) as $begin ) {
			$wpdb->query( $begin );
			sidehook_send_event( 'undecided', array() );
			self::assertSame( 0, $this->flush(), $begin );
			$wpdb->query( 'SAVEPOINT here' );
			$wpdb->query( 'ROLLBACK TO SAVEPOINT here' );
			self::assertSame( 0, $this->flush(), $begin );
			$wpdb->query( 'ROLLBACK' );
			$wpdb->query( 'SET autocommit = 1' );
		}
		$this->record( 1 );
		self::assertSame( 1, $this->flush() );
		self::assertSame( array( 'test_event' ), array_column( self::$sidecar->events(), 'type' ) );
	}

	public function test_a_long_run_on_the_command_line_sends_as_it_goes(): void {
		for ( $i = 1; $i < 50; $i++ ) {
			sidehook_send_event( 'imported', array() );
		}
		self::assertCount( 0, self::$sidecar->requests() );
		sidehook_send_event( 'imported', array() );
		self::assertCount( 50, self::$sidecar->events() );
	}

	public function test_a_long_run_that_records_little_sends_every_five_seconds(): void {
		sidehook_send_event( 'imported', array() );
		usleep( 5_100_000 );
		self::assertCount( 0, self::$sidecar->requests() );
		sidehook_send_event( 'imported', array() );
		self::assertCount( 2, self::$sidecar->events() );
	}

	public function test_each_task_of_a_queue_is_a_request_of_its_own(): void {
		foreach ( array( 1, 2 ) as $ignored ) {
			do_action( 'action_scheduler_before_execute', 7, 'Async Request' );
			do_action( 'wp_login', 'robin', new \WP_User( 1 ) );
			sidehook_send_event( 'imported', array() );
		}
		$contexts = array_map( static fn ( array $row ): array => json_decode( $row['context'], true ), $this->rows() );
		self::assertSame( array( 1, 2, 1, 2 ), array_column( $contexts, 'sequence' ) );
		self::assertCount( 2, array_unique( array_column( $contexts, 'requestId' ) ) );
	}

	public function test_a_long_run_does_not_wait_for_a_sidecar_that_is_known_to_be_away(): void {
		$this->configure( 'http://127.0.0.1:1', StandIn::KEY );
		$this->record( 1 );
		$this->flush();
		$this->configure( self::$sidecar->url, StandIn::KEY );
		for ( $i = 0; $i < 50; $i++ ) {
			sidehook_send_event( 'imported', array() );
		}
		self::assertCount( 0, self::$sidecar->requests() );
		do_action( 'sidehook_flush' );
		self::assertCount( 51, self::$sidecar->events(), 'cron finds out that it is back' );
	}

	public function test_cron_sends_what_is_left(): void {
		$this->record( 120 );
		do_action( 'sidehook_flush' );
		self::assertSame( array(), $this->rows() );
		self::assertIsInt( wp_next_scheduled( 'sidehook_flush' ) );
		self::assertSame( 'sidehook_minute', wp_get_schedule( 'sidehook_flush' ) );
	}

	public function test_an_unconfigured_bridge_keeps_everything_for_later(): void {
		$this->configure( '', '' );
		sidehook_send_event( 'early', array() );
		self::assertSame( 0, $this->flush() );
		$this->configure( self::$sidecar->url, StandIn::KEY );
		self::assertSame( 1, $this->flush() );
	}

	private function flush(): int {
		return $this->bridge_flush( Limits::interactive() );
	}

	private function bridge_flush( Limits $limits ): int {
		return Bridge::instance()->forwarder()->flush( $limits );
	}

	private function breaker(): Breaker {
		return Bridge::instance()->forwarder()->breaker;
	}

	private function assert_open_for( int $seconds ): void {
		self::assertEqualsWithDelta( time() + $seconds, $this->breaker()->state()['open_until'], 2 );
	}

	/** The example that the sidecar's own suite reads too. */
	private function complete_request(): array {
		$file = (string) file_get_contents( dirname( __DIR__, 2 ) . '/libs/events/fixtures/ingest-request.json' );
		$all  = json_decode( $file, true, 512, JSON_THROW_ON_ERROR )['requests'];
		return array_column( $all, 'body', 'name' )['a complete event'];
	}
}
