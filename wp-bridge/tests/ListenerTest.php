<?php
declare( strict_types=1 );

namespace Sidehook\Tests;

use Sidehook\Bridge;
use Sidehook\Failures;

final class ListenerTest extends BridgeTestCase {

	private static int $made = 0;

	public function test_a_new_site_is_told_with_its_title(): void {
		$id      = $this->new_site( 'Bäckerei & Söhne' );
		$payload = $this->payload_of( 'wp_site_created' );
		self::assertSame( $id, $payload['site_id'] );
		self::assertSame( get_option( 'blogname' ), 'Test Network' );
		self::assertSame( get_blog_option( $id, 'blogname' ), $payload['title'] );
		self::assertSame( get_home_url( $id, '/' ), $payload['url'] );
		self::assertSame( 1, $payload['owner_user_id'] );
		self::assertTrue( $payload['public'] );
		self::assertSame( $id, $this->context_of( 'wp_site_created' )['siteId'] );
	}

	public function test_a_site_without_an_owner_that_search_engines_may_not_list_says_so(): void {
		wp_insert_site( array( 'domain' => DOMAIN_CURRENT_SITE, 'path' => '/' . self::name() . '/', 'network_id' => 1, 'public' => 0, 'title' => 'Hidden' ) );
		$payload = $this->payload_of( 'wp_site_created' );
		self::assertNull( $payload['owner_user_id'] );
		self::assertFalse( $payload['public'] );
	}

	public function test_a_deleted_site_is_told_as_it_was(): void {
		$id  = $this->new_site( 'Short Life' );
		$url = get_home_url( $id, '/' );
		wp_delete_site( $id );
		$payload = $this->payload_of( 'wp_site_deleted' );
		self::assertSame( array( $id, 'Short Life', $url ), array( $payload['site_id'], $payload['title'], $payload['url'] ) );
		self::assertSame( $id, $this->context_of( 'wp_site_deleted' )['siteId'] );
	}

	public function test_a_site_whose_deletion_was_refused_is_not_told_as_deleted(): void {
		$id     = $this->new_site( 'Stays' );
		$refuse = static fn ( \WP_Error $errors ) => $errors->add( 'no', 'No.' );
		add_action( 'wp_validate_site_deletion', $refuse );
		wp_delete_site( $id );
		remove_action( 'wp_validate_site_deletion', $refuse );
		self::assertNotContains( 'wp_site_deleted', $this->types() );
	}

	public function test_an_archived_site_is_told_once(): void {
		$id = $this->new_site( 'Archive' );
		update_blog_status( $id, 'archived', '1' );
		update_blog_status( $id, 'archived', '1' );
		self::assertSame( $id, $this->payload_of( 'wp_site_archived' )['site_id'] );
	}

	public function test_a_new_user_is_told_once_and_without_the_password(): void {
		$login = self::name();
		$id    = wpmu_create_user( $login, 'a secret word', "$login@example.com" );
		$user  = get_userdata( $id );
		self::assertSame( $id, $this->payload_of( 'wp_user_created' )['user_id'] );
		foreach ( $this->rows() as $row ) {
			self::assertStringNotContainsString( 'a secret word', $row['payload'] );
			self::assertStringNotContainsString( trim( wp_json_encode( $user->user_pass ), '"' ), $row['payload'] );
			self::assertStringNotContainsString( 'pass', $row['payload'] );
		}
	}

	public function test_a_user_added_to_a_site_is_told_with_the_role_and_as_of_that_site(): void {
		$id = $this->new_user();
		add_user_to_blog( 2, $id, 'editor' );
		$payload = $this->payload_of( 'wp_user_added_to_site' );
		self::assertSame( array( 2, $id, 'editor' ), array( $payload['site_id'], $payload['user_id'], $payload['role'] ) );
		$context = $this->context_of( 'wp_user_added_to_site' );
		self::assertSame( array( 2, get_home_url( 2 ) ), array( $context['siteId'], $context['siteUrl'] ) );
		self::assertSame( 1, get_current_blog_id() );
	}

	public function test_a_user_is_told_as_deleted_when_gone_and_not_when_leaving_a_site(): void {
		$id = $this->new_user();
		add_user_to_blog( 2, $id, 'editor' );
		$email = get_userdata( $id )->user_email;
		switch_to_blog( 2 );
		wp_delete_user( $id );
		restore_current_blog();
		self::assertNotContains( 'wp_user_deleted', $this->types() );
		wpmu_delete_user( $id );
		$payload = $this->payload_of( 'wp_user_deleted' );
		self::assertSame( array( $id, $email ), array( $payload['user_id'], $payload['email'] ) );
	}

	public function test_events_of_ultimate_multisite_are_kept_as_they_are(): void {
		$payload = array( 'payment_id' => '5', 'total' => 128.99, 'wu_version' => '2.4.13' );
		do_action( 'wu_event', 'payment_received', $payload );
		$row = $this->only_row();
		self::assertSame( array( 'payment_received', wp_json_encode( $payload ) ), array( $row['type'], $row['payload'] ) );
	}

	public function test_an_event_is_recorded_before_others_may_fail(): void {
		$fail = static function (): void {
			throw new \RuntimeException( 'no mail server' );
		};
		add_action( 'wu_event', $fail, PHP_INT_MIN );
		try {
			do_action( 'wu_event', 'payment_received', array( 'a' => 1 ) );
			self::fail( 'the other plugin did not fail' );
		} catch ( \RuntimeException ) {
			self::assertCount( 1, $this->rows() );
		} finally {
			remove_action( 'wu_event', $fail, PHP_INT_MIN );
		}
	}

	public function test_nothing_that_other_plugins_hand_over_breaks_the_page(): void {
		$log = $this->silence_log();
		do_action( 'wu_event' );
		do_action( 'wu_event', array(), null );
		do_action( 'wu_event', 'odd', new \stdClass() );
		do_action( 'archive_blog', 'nonsense' );
		do_action( 'add_user_to_blog', null, array(), 'x' );
		$this->assert_noted( $log, 4 );
		self::assertSame( array( 'odd' ), $this->types() );
	}

	public function test_an_event_caused_by_recording_one_does_not_recurse(): void {
		$again = static function ( string $url ): string {
			do_action( 'wu_event', 'payment_received', array( 'a' => 1 ) );
			return $url;
		};
		add_filter( 'home_url', $again );
		do_action( 'wu_event', 'payment_received', array( 'a' => 1 ) );
		remove_filter( 'home_url', $again );
		self::assertCount( 1, $this->rows() );
	}

	public function test_nothing_is_recorded_when_the_mode_is_off(): void {
		update_network_option( null, 'sidehook_mode', 'off' );
		self::assertSame( '', sidehook_send_event( 'order_placed', array() ) );
		do_action( 'wu_event', 'payment_received', array( 'a' => 1 ) );
		self::assertSame( array(), $this->rows() );
		update_network_option( null, 'sidehook_mode', 'takeover' );
		self::assertStringStartsWith( 'evt_', sidehook_send_event( 'order_placed', array() ) );
	}

	public function test_the_context_says_where_and_by_whom(): void {
		wp_set_current_user( 1 );
		switch_to_blog( 2 );
		$before = gmdate( 'Y-m-d\TH:i:s' );
		sidehook_send_event( 'first', array() );
		restore_current_blog();
		sidehook_send_event( 'second', array(), array( 'siteId' => 7 ) );
		wp_set_current_user( 0 );
		$first  = $this->context_of( 'first' );
		$second = $this->context_of( 'second' );
		self::assertSame( array( 1, 2, get_home_url( 2 ), 1, 'cli' ), array( $first['networkId'], $first['siteId'], $first['siteUrl'], $first['actorUserId'], $first['source'] ) );
		self::assertSame( 7, $second['siteId'] );
		self::assertSame( $first['requestId'], $second['requestId'] );
		self::assertSame( $first['sequence'] + 1, $second['sequence'] );
		self::assertGreaterThanOrEqual( $before, str_replace( ' ', 'T', $this->rows()[0]['occurred_at'] ) );
		self::assertMatchesRegularExpression( '/\.\d{6}$/', $this->rows()[0]['occurred_at'] );
	}

	public function provide_nonsense(): iterable {
		yield 'an empty type' => array( '', array(), array() );
		yield 'a type with capitals' => array( 'OrderPlaced', array(), array() );
		yield 'a type with a line break' => array( "order\n", array(), array() );
		yield 'a type that is too long' => array( str_repeat( 'a', 65 ), array(), array() );
		yield 'a list as payload' => array( 'order_placed', array( 1, 2 ), array() );
		yield 'an unknown context' => array( 'order_placed', array(), array( 'blogId' => 1 ) );
		yield 'a site that is text' => array( 'order_placed', array(), array( 'siteId' => '1' ) );
	}

	/** @dataProvider provide_nonsense */
	public function test_the_public_function_refuses_nonsense( string $type, array $payload, array $context ): void {
		$this->expectException( \InvalidArgumentException::class );
		sidehook_send_event( $type, $payload, $context );
	}

	public function test_an_empty_payload_is_an_object(): void {
		$id = sidehook_send_event( 'order_placed', array() );
		self::assertSame( array( $id, '{}' ), array( $this->only_row()['event_id'], $this->only_row()['payload'] ) );
	}

	private static function name(): string {
		return 'name' . getmypid() . 'x' . ++self::$made;
	}

	private function new_site( string $title ): int {
		return wpmu_create_blog( DOMAIN_CURRENT_SITE, '/' . self::name() . '/', $title, 1, array( 'public' => 1 ), 1 );
	}

	private function new_user(): int {
		$login = self::name();
		return wpmu_create_user( $login, 'secret', "$login@example.com" );
	}

	/** Exactly one such event, with exactly the fields of the catalog, in its order and of its types. */
	private function payload_of( string $type ): array {
		$rows = array_values( array_filter( $this->rows(), static fn ( array $row ): bool => $row['type'] === $type ) );
		self::assertCount( 1, $rows, "events $type" );
		$payload = json_decode( $rows[0]['payload'], true, 512, JSON_THROW_ON_ERROR );
		$schema  = json_decode( (string) file_get_contents( (string) getenv( 'SIDEHOOK_TEST_SCHEMAS' ) ), true )[ $type ];
		self::assertSame( array_keys( $schema['properties'] ), array_keys( $payload ) );
		foreach ( $schema['properties'] as $name => $field ) {
			self::assertContains( self::json_type( $payload[ $name ] ), (array) $field['type'], "$type.$name" );
			if ( 'date-time' === ( $field['format'] ?? '' ) ) {
				self::assertMatchesRegularExpression( '/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/', $payload[ $name ] );
			}
		}
		return $payload;
	}

	private static function json_type( mixed $value ): string {
		return array( 'integer' => 'integer', 'double' => 'number', 'boolean' => 'boolean', 'string' => 'string', 'NULL' => 'null' )[ gettype( $value ) ] ?? 'object';
	}

	private function context_of( string $type ): array {
		$rows = array_values( array_filter( $this->rows(), static fn ( array $row ): bool => $row['type'] === $type ) );
		return json_decode( $rows[0]['context'], true );
	}

	private function silence_log(): string {
		$log = (string) tempnam( sys_get_temp_dir(), 'sidehook-log-' );
		ini_set( 'error_log', $log );
		return $log;
	}

	/** One line for each failure, and the same number on the network page. */
	private function assert_noted( string $log, int $count ): void {
		$lines = array_filter( file( $log ), static fn ( string $line ): bool => str_contains( $line, 'Sidehook: ' ) );
		unlink( $log );
		ini_set( 'error_log', WP_DEBUG_LOG );
		self::assertCount( $count, $lines );
		self::assertSame( $count, Failures::summary()['count'] );
	}
}
