<?php
declare( strict_types=1 );

namespace Sidehook\Tests;

use Sidehook\Bridge;
use Sidehook\Event;
use Sidehook\Person;

final class PrivacyTest extends BridgeTestCase {

	private const ROBIN = 'robin@example.com';

	private int $user_id = 0;

	protected function setUp(): void {
		parent::setUp();
		update_network_option( null, 'sidehook_groups_off', array_keys( \Sidehook\Groups::names() ) );
		$user          = get_user_by( 'email', self::ROBIN );
		$this->user_id = $user ? (int) $user->ID : (int) wp_insert_user( array( 'user_login' => 'robin', 'user_email' => self::ROBIN, 'user_pass' => 'x' ) );
	}

	private function add( array $payload, array $context = array() ): void {
		Bridge::instance()->outbox()->add( Event::happened( 'test_event', $payload, $context ) );
	}

	/** Goes through all pages, as WordPress does. */
	private function run_tool( string $filter ): array {
		$callback = apply_filters( $filter, array() )['sidehook']['callback'];
		$pages    = array();
		do {
			$pages[] = $callback( self::ROBIN, count( $pages ) + 1 );
			self::assertLessThan( 20, count( $pages ) );
		} while ( ! end( $pages )['done'] );
		return $pages;
	}

	public function test_is_among_the_tools_of_wordpress(): void {
		foreach ( array( 'exporter', 'eraser' ) as $kind ) {
			$tool = apply_filters( "wp_privacy_personal_data_{$kind}s", array() )['sidehook'];
			self::assertSame( 'Events for other applications', $tool[ "{$kind}_friendly_name" ] );
			self::assertIsCallable( $tool['callback'] );
		}
	}

	public function test_erases_what_names_the_person_and_nothing_else(): void {
		$this->add( array( 'email' => 'Robin@Example.com' ) );
		$this->add( array( 'a' => array( 'b' => '?e=robin%40example.com' ) ) );
		$this->add( array( 'customer_user_id' => (string) $this->user_id ) );
		$this->add( array( 'email' => 'maxrobin@example.com' ) );
		$this->add( array( 'user_id' => $this->user_id . '1' ) );
		$this->add( array( 'post_id' => 1 ), array( 'actorUserId' => $this->user_id ) );
		$pages = $this->run_tool( 'wp_privacy_personal_data_erasers' );
		self::assertTrue( $pages[0]['items_removed'] );
		self::assertFalse( $pages[0]['items_retained'] );
		self::assertSame(
			array( '{"email":"maxrobin@example.com"}', '{"user_id":"' . $this->user_id . '1"}', '{"post_id":1}' ),
			array_column( $this->rows(), 'payload' )
		);
		self::assertStringNotContainsString( 'actorUserId', $this->rows()[2]['context'] );
	}

	public function test_erases_what_was_refused_for_good_what_a_valve_holds_and_what_other_networks_have(): void {
		global $wpdb;
		foreach ( array( "state = 'dead'", "state = 'valve'", 'network_id = 7' ) as $change ) {
			$this->add( array( 'email' => self::ROBIN ) );
			$wpdb->query( "UPDATE {$this->table()} SET $change ORDER BY id DESC LIMIT 1" );
		}
		$this->run_tool( 'wp_privacy_personal_data_erasers' );
		self::assertSame( array(), $this->rows() );
	}

	public function test_waits_for_what_is_just_being_sent_before_it_asks_the_sidecar(): void {
		$this->add( array( 'email' => self::ROBIN ) );
		$rows   = Bridge::instance()->outbox()->claim();
		$eraser = apply_filters( 'wp_privacy_personal_data_erasers', array() )['sidehook']['callback'];
		self::assertFalse( $eraser( self::ROBIN, 1 )['done'] );
		self::assertSame( array(), self::$sidecar->requests( '/v1/privacy/erase' ) );
		Bridge::instance()->outbox()->release( $rows, 'busy', false );
		self::assertTrue( $eraser( self::ROBIN, 2 )['done'] );
		self::assertSame( array(), $this->rows() );
	}

	public function test_asks_the_sidecar_until_it_is_done_and_passes_on_what_stays(): void {
		self::$sidecar->answer(
			'accept',
			array(
				'privacy' => array(
					array( 'erased' => array( 'events' => 2 ) ),
					array( 'erased' => array( 'events' => 0 ), 'webhooks' => array( array( 'id' => 'wh_1', 'name' => 'To Robin' ) ), 'needsVacuum' => true ),
				),
			)
		);
		$pages = $this->run_tool( 'wp_privacy_personal_data_erasers' );
		self::assertSame( array( true, false ), array_column( $pages, 'items_removed' ) );
		self::assertSame( array( false, true ), array_column( $pages, 'items_retained' ) );
		self::assertStringContainsString( 'To Robin', $pages[1]['messages'][0] );
		self::assertStringContainsString( 'VACUUM', $pages[1]['messages'][1] );
		$requests = self::$sidecar->requests( '/v1/privacy/erase' );
		self::assertSame( array( true, true ), array_column( $requests, 'isSigned' ) );
		self::assertSame(
			array( array( 'email' => self::ROBIN, 'userId' => $this->user_id, 'cursor' => null ), array( 'email' => self::ROBIN, 'userId' => $this->user_id, 'cursor' => '1' ) ),
			array_map( static fn ( array $request ): array => json_decode( $request['body'], true ), $requests )
		);
		global $wpdb;
		self::assertSame( '0', $wpdb->get_var( "SELECT COUNT(*) FROM $wpdb->sitemeta WHERE meta_key LIKE '%sidehook_erase%'" ) );
	}

	public function test_never_says_that_all_is_erased_while_the_sidecar_has_not_said_so(): void {
		self::$sidecar->answer( 'broken' );
		$page = $this->run_tool( 'wp_privacy_personal_data_erasers' )[0];
		self::assertTrue( $page['items_retained'] );
		self::assertStringContainsString( 'Answer 500', $page['messages'][0] );
		$export = apply_filters( 'wp_privacy_personal_data_exporters', array() )['sidehook']['callback'];
		self::assertInstanceOf( \WP_Error::class, $export( self::ROBIN, 1 ) );
	}

	public function test_without_a_sidecar_the_outbox_is_all_there_is_and_with_a_wrong_key_it_is_not(): void {
		$this->add( array( 'email' => self::ROBIN ) );
		$this->configure( '', '' );
		self::assertFalse( $this->run_tool( 'wp_privacy_personal_data_erasers' )[0]['items_retained'] );
		self::assertSame( array(), $this->rows() );
		$this->configure( self::$sidecar->url, 'whsec_short' );
		$page = $this->run_tool( 'wp_privacy_personal_data_erasers' )[0];
		self::assertTrue( $page['items_retained'] );
		self::assertStringContainsString( 'SIDEHOOK_KEY', $page['messages'][0] );
	}

	public function test_exports_what_waits_here_and_what_the_sidecar_has(): void {
		$this->add( array( 'email' => self::ROBIN, 'html' => '<b>' ) );
		$this->add( array( 'post_id' => 1 ), array( 'actorUserId' => $this->user_id ) );
		$event  = array(
			'kind'       => 'event',
			'id'         => 'evt_1',
			'type'       => 'customer_created',
			'occurredAt' => '2026-11-21T23:50:46Z',
			'siteId'     => 1,
			'payload'    => '{"a":1}',
			'deliveries' => array( array( 'webhookName' => 'CRM', 'receiver' => 'crm.example', 'state' => 'delivered', 'finishedAt' => null ) ),
		);
		$answer = array( 'kind' => 'answer', 'receiver' => 'crm.example', 'answeredAt' => '2026-11-21T23:50:46Z', 'body' => 'hello robin@example.com' );
		self::$sidecar->answer( 'accept', array( 'privacy' => array( array( 'data' => array( $event ) ), array( 'data' => array( $answer ) ) ) ) );
		$pages = $this->run_tool( 'wp_privacy_personal_data_exporters' );
		$items = array_merge( ...array_column( $pages, 'data' ) );
		$texts = array_map( static fn ( array $item ): array => array_column( $item['data'], 'value', 'name' ), $items );
		self::assertSame( '{&quot;email&quot;:&quot;robin@example.com&quot;,&quot;html&quot;:&quot;&lt;b&gt;&quot;}', $texts[0]['Data'] );
		self::assertSame( 'The event is about others; this person has caused it.', $texts[1]['Data'] );
		self::assertSame( 'CRM (crm.example): delivered', $texts[2]['Told to'] );
		self::assertSame( 'hello robin@example.com', $texts[3]['Data'] );
		self::assertSame( array( 'sidehook' ), array_unique( array_column( $items, 'group_id' ) ) );
		self::assertCount( 4, array_unique( array_column( $items, 'item_id' ) ) );
	}

	public function test_knows_the_address_in_what_it_may_be_written_as(): void {
		$person = new Person( "robin.o'hara+news@example.com", 9 );
		foreach ( array( "Robin <ROBIN.O'Hara+News@example.com>", rawurlencode( $person->email ), 'robin.o&#39;hara+news&#64;example.com', (string) json_encode( array( 'a' => $person->email ), JSON_HEX_APOS ) ) as $text ) {
			self::assertTrue( $person->is_subject_of( (string) wp_json_encode( array( 'x' => $text ) ) ), $text );
		}
		foreach ( array( '{"x":"robin@example.com"}', '{"user_id":91}', '{"site_id":9}' ) as $payload ) {
			self::assertFalse( $person->is_subject_of( $payload ), $payload );
		}
	}
}
