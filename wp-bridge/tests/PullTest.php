<?php
declare( strict_types=1 );

namespace Sidehook\Tests;

use Sidehook\Bridge;
use Sidehook\Signature;

/** Asked from outside, as the sidecar asks. */
final class PullTest extends BridgeTestCase {

	private int $status = 0;

	public function test_gives_what_waits_and_lets_it_go_when_it_is_told_what_became_of_it(): void {
		$this->record( 3 );
		$ids    = array_column( $this->rows(), 'event_id' );
		$events = $this->pull()['events'];
		self::assertSame( $ids, array_column( $events, 'id' ) );
		self::assertSame( array( 'id', 'type', 'occurredAt', 'payload', 'context' ), array_keys( $events[0] ) );
		self::assertSame( array(), $this->pull()['events'], 'they are on their way' );
		$this->pull(
			array(
				'results' => array(
					array( 'id' => $ids[0], 'status' => 'accepted' ),
					array( 'id' => $ids[1], 'status' => 'duplicate' ),
					array( 'id' => $ids[2], 'status' => 'rejected', 'problems' => array( array( 'path' => 'payload', 'message' => 'must be nicer' ) ) ),
				),
			)
		);
		$rows = array_values( array_filter( $this->rows(), static fn ( array $row ): bool => 'seen' !== $row['state'] ) );
		self::assertSame( array( array( $ids[2], 'dead' ) ), array_map( static fn ( array $row ): array => array( $row['event_id'], $row['state'] ), $rows ) );
		self::assertStringContainsString( 'payload: must be nicer', $rows[0]['last_error'] );
	}

	public function test_a_sidecar_that_dies_with_events_gets_them_again(): void {
		global $wpdb;
		$this->record( 1 );
		$id = $this->pull()['events'][0]['id'];
		$wpdb->query( "UPDATE {$this->table()} SET claimed_until = UTC_TIMESTAMP() - INTERVAL 1 SECOND WHERE state = 'pending'" );
		self::assertSame( $id, $this->pull()['events'][0]['id'] );
	}

	public function test_learns_what_is_wanted(): void {
		$this->pull( array( 'wanted' => array( 'payment_*' ) ) );
		$this->forget_options();
		self::assertFalse( Bridge::instance()->wanted()->has( 'site_published' ) );
	}

	public function test_sends_what_the_plugin_could_not(): void {
		$this->configure( 'http://127.0.0.1:1', StandIn::KEY );
		$this->record( 1 );
		do_action( 'sidehook_flush' );
		self::assertCount( 1, $this->pull()['events'] );
	}

	public function provide_strangers(): iterable {
		$other = 'whsec_' . base64_encode( str_repeat( 'k', 32 ) );
		yield 'another key' => array( array( 'key' => $other ) );
		yield 'an old request' => array( array( 'timestamp' => time() - 301 ) );
		yield 'another body than was signed' => array( array( 'body' => '{"results":[]} ' ) );
		yield 'what was signed for another path' => array( array( 'path' => '/sidehook/v1/other' ) );
		yield 'what was signed for another method' => array( array( 'method' => 'GET' ) );
		yield 'a request of the bridge, sent back to it' => array( array( 'id' => 'req_' . str_repeat( 'a', 36 ) ) );
		yield 'nothing' => array( array( 'headers' => array() ) );
	}

	/** @dataProvider provide_strangers */
	public function test_tells_strangers_nothing( array $changes ): void {
		$this->record( 1 );
		self::assertStringNotContainsString( 'test_event', $this->ask( array(), $changes ) );
		self::assertContains( $this->status, array( 401, 403 ) );
		self::assertNull( $this->only_row()['claim_token'] );
	}

	public function test_a_request_that_was_listened_to_is_worth_nothing(): void {
		$id = 'pull_' . bin2hex( random_bytes( 16 ) );
		$this->ask( array(), array( 'id' => $id ) );
		self::assertSame( 200, $this->status );
		$this->record( 1 );
		$this->ask( array(), array( 'id' => $id ) );
		self::assertContains( $this->status, array( 401, 403 ) );
	}

	public function test_a_copy_of_the_network_gives_nothing_away(): void {
		$this->record( 1 );
		$domain               = get_network()->domain;
		get_network()->domain = 'elsewhere.example';
		\Sidehook\Staging::move( StandIn::KEY );
		get_network()->domain = $domain;
		self::assertStringContainsString( 'another address', $this->ask( array() ) );
		self::assertSame( 409, $this->status );
	}

	/** @return array<string, mixed> */
	private function pull( array $said = array() ): array {
		$answer = json_decode( $this->ask( $said ), true );
		self::assertSame( 200, $this->status );
		return $answer;
	}

	/** @param array{key?: string, id?: string, timestamp?: int, method?: string, path?: string, body?: string, headers?: list<string>} $changes What a stranger does differently. */
	private function ask( array $said, array $changes = array() ): string {
		$id        = $changes['id'] ?? 'pull_' . bin2hex( random_bytes( 16 ) );
		$timestamp = $changes['timestamp'] ?? time();
		$door      = array_intersect_key( $changes, array( 'method' => 1, 'path' => 1 ) ) + array( 'method' => 'POST', 'path' => '/sidehook/v1/outbox' );
		$body      = (string) json_encode( $door + $said );
		$signature = Signature::sign( $changes['key'] ?? StandIn::KEY, $id, $timestamp, $body );
		$handle    = curl_init( 'http://' . DOMAIN_CURRENT_SITE . '/?rest_route=/sidehook/v1/outbox' );
		$answered  = array();
		curl_setopt_array(
			$handle,
			array(
				CURLOPT_RETURNTRANSFER => true,
				CURLOPT_POSTFIELDS     => $changes['body'] ?? $body,
				CURLOPT_HTTPHEADER     => $changes['headers'] ?? array( 'content-type: application/json', "webhook-id: $id", "webhook-timestamp: $timestamp", "webhook-signature: $signature" ),
				CURLOPT_HEADERFUNCTION => static function ( $handle, string $line ) use ( &$answered ): int {
					list( $name, $value )          = explode( ':', $line, 2 ) + array( '', '' );
					$answered[ strtolower( $name ) ] = trim( $value );
					return strlen( $line );
				},
			)
		);
		$answer       = (string) curl_exec( $handle );
		$this->status = curl_getinfo( $handle, CURLINFO_RESPONSE_CODE );
		if ( 200 === $this->status ) {
			self::assertSame( $id, $answered['webhook-id'], 'an answer to another question could be an old one' );
			self::assertTrue( Signature::verify( array( StandIn::KEY ), $id, $answered['webhook-timestamp'], $answered['webhook-signature'], $answer, time() ) );
		}
		return $answer;
	}
}
