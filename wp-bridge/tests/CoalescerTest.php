<?php
declare( strict_types=1 );

namespace Sidehook\Tests;

use Sidehook\Bridge;

final class CoalescerTest extends BridgeTestCase {

	public function test_what_happens_again_and_again_is_told_once_with_the_first_before_and_the_last_after(): void {
		$this->change( 'name', 'a', 'b' );
		$this->change( 'name', 'b', 'c' );
		$this->change( 'color', 'red', 'blue' );
		self::assertSame( array(), $this->rows() );
		$this->end_of_request();
		$changes = array(
			'name'  => array( 'old' => 'a', 'new' => 'c' ),
			'color' => array( 'old' => 'red', 'new' => 'blue' ),
		);
		self::assertSame( array( 'number' => 3, 'changes' => $changes ), $this->payload() );
	}

	public function test_what_is_changed_and_changed_back_is_not_told(): void {
		$this->change( 'name', 'a', 'b' );
		$this->change( 'name', 'b', 'a' );
		$this->end_of_request();
		self::assertSame( array(), $this->rows() );
	}

	public function test_is_told_where_and_when_it_happened(): void {
		switch_to_blog( 2 );
		$before = microtime( true );
		$this->change( 'name', 'a', 'b' );
		$after = microtime( true );
		restore_current_blog();
		usleep( 20000 );
		$this->end_of_request();
		$row = $this->only_row();
		self::assertSame( 2, json_decode( $row['context'], true )['siteId'] );
		$occurred = (float) ( new \DateTimeImmutable( $row['occurred_at'] . ' UTC' ) )->format( 'U.u' );
		self::assertGreaterThan( $before - 0.001, $occurred );
		self::assertLessThan( $after + 0.001, $occurred, 'not at the end of the request' );
	}

	public function test_is_undone_with_the_transaction_it_happened_in(): void {
		global $wpdb;
		$this->change( 'name', 'a', 'b' );
		$wpdb->query( 'START TRANSACTION' );
		$this->change( 'name', 'b', 'c' );
		$wpdb->query( 'ROLLBACK' );
		$this->end_of_request();
		self::assertSame( array( 'name' => array( 'old' => 'a', 'new' => 'b' ) ), $this->payload()['changes'] );
	}

	public function test_is_committed_with_the_transaction_it_happened_in(): void {
		global $wpdb;
		$wpdb->query( 'START TRANSACTION' );
		$this->change( 'name', 'a', 'b' );
		$wpdb->query( 'COMMIT' );
		self::assertCount( 1, $this->rows(), 'whatever becomes of the process now' );
	}

	public function test_an_import_does_not_wait_for_its_end(): void {
		for ( $i = 0; $i < 50; $i++ ) {
			Bridge::instance()->recorder()->coalesce( "thing $i", 'thing_updated', array( 'i' => $i ) );
		}
		self::assertSame( 50, count( $this->rows() ) + count( self::$sidecar->events() ) );
	}

	public function test_a_payload_that_cannot_be_made_does_not_take_the_others_along(): void {
		ini_set( 'error_log', '/dev/null' );
		Bridge::instance()->recorder()->coalesce( 'broken', 'broken_updated', static fn (): array => throw new \RuntimeException( 'gone' ) );
		$this->change( 'name', 'a', 'b' );
		$this->end_of_request();
		ini_set( 'error_log', WP_DEBUG_LOG );
		self::assertSame( array( 'thing_updated' ), $this->types() );
	}

	public function test_what_has_come_to_nothing_is_not_told(): void {
		Bridge::instance()->recorder()->coalesce( 'nothing', 'nothing_made', static fn (): ?array => null );
		$this->end_of_request();
		self::assertSame( array(), $this->types() );
	}

	public function test_a_request_that_ends_with_an_error_still_tells(): void {
		( new Browser() )->get( '/?rename=1' );
		$this->wait_until( fn (): bool => array( 'wp_user_updated' ) === array_column( self::$sidecar->events(), 'type' ), 'the event' );
	}

	private int $number = 0;

	private function change( string $name, string $old, string $new ): void {
		Bridge::instance()->recorder()->coalesce( 'thing', 'thing_updated', array( 'number' => ++$this->number ), array( $name => array( 'old' => $old, 'new' => $new ) ) );
	}

	private function end_of_request(): void {
		Bridge::instance()->action_shutdown_first();
	}

	private function payload(): array {
		return json_decode( $this->only_row()['payload'], true );
	}
}
