<?php
declare( strict_types=1 );

namespace Sidehook\Tests;

use Sidehook\Bridge;
use Sidehook\Event;
use Sidehook\SidecarClient;
use Sidehook\Takeover\Client;
use Sidehook\Takeover\Counts;
use Sidehook\Takeover\Dispatch;
use Sidehook\Takeover\Handover;
use Sidehook\Takeover\Original;
use Sidehook\Takeover\Originals;
use Sidehook\Takeover\Report;
use Sidehook\Takeover\Settings;
use Sidehook\Takeover\Taken;

/** The parts for themselves; with Ultimate Multisite's stand-in and a real sidecar they are tested end to end. */
final class TakeoverTest extends BridgeTestCase {

	private Taken $taken;

	protected function setUp(): void {
		global $wpdb;
		parent::setUp();
		$this->taken = Bridge::instance()->takeover()->taken();
		$this->taken->create();
		$this->taken->forget_all();
		$wpdb->query( 'CREATE TABLE IF NOT EXISTS ' . Originals::table() . " (id BIGINT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(191) NOT NULL, webhook_url VARCHAR(191) NOT NULL, event VARCHAR(40) NOT NULL, event_count INT DEFAULT 0, active TINYINT DEFAULT 1, integration VARCHAR(191) NOT NULL DEFAULT 'manual') {$wpdb->get_charset_collate()}" );
		$wpdb->query( 'TRUNCATE ' . Originals::table() );
		update_network_option( null, 'sidehook_mode', 'takeover' );
	}

	public static function tearDownAfterClass(): void {
		global $wpdb;
		$wpdb->query( 'DROP TABLE ' . Originals::table() );
		$wpdb->query( 'DELETE FROM ' . Bridge::instance()->takeover()->taken()->name() );
		parent::tearDownAfterClass();
	}

	private function insert( string $url, string $event = 'payment_received', array $more = array() ): Original {
		global $wpdb;
		$wpdb->insert(
			Originals::table(),
			$more + array(
				'name'        => 'A webhook',
				'webhook_url' => $url,
				'event'       => $event,
			)
		);
		return Bridge::instance()->takeover()->originals()->find( array( (int) $wpdb->insert_id ) )[0];
	}

	private function take( Original $original ): void {
		$this->taken->confirm( $original, true, "wh_{$original->id}" );
	}

	private function change( int $id, string $column, string $value ): void {
		global $wpdb;
		$wpdb->update( Originals::table(), array( $column => $value ), array( 'id' => $id ) );
	}

	public function test_a_webhook_is_taken_over_only_as_long_as_it_stays_as_it_was_confirmed(): void {
		$webhook = $this->insert( 'https://example.com/Hook' );
		self::assertSame( array(), $this->taken->list_ids( 'payment_received' ) );
		$this->take( $webhook );
		self::assertSame( array( $webhook->id ), $this->taken->list_ids( 'payment_received' ) );
		foreach ( array( 'https://example.com/hook', 'https://example.com/Hook ', 'https://example.com/Höok' ) as $other ) {
			$this->change( $webhook->id, 'webhook_url', $other );
			self::assertSame( array(), $this->taken->list_ids( 'payment_received' ), $other );
		}
		$this->change( $webhook->id, 'webhook_url', 'https://example.com/Hook' );
		self::assertSame( array( $webhook->id ), $this->taken->list_ids( 'payment_received' ) );
		$this->change( $webhook->id, 'event', 'site_published' );
		self::assertSame( array(), $this->taken->list_ids( 'payment_received' ) );
		self::assertSame( array(), $this->taken->list_ids( 'site_published' ) );
	}

	public function test_a_webhook_that_the_sidecar_has_refused_is_not_taken_over(): void {
		$webhook = $this->insert( 'https://example.com/x' );
		$this->taken->refuse( $webhook, true, 'url: 127.0.0.1 is loopback' );
		self::assertSame( array(), $this->taken->list_ids( 'payment_received' ) );
		self::assertSame( array(), $this->taken->list_types() );
		self::assertSame( array( $webhook->id => 'url: 127.0.0.1 is loopback' ), $this->taken->list_problems() );
		$this->take( $webhook );
		self::assertSame( array(), $this->taken->list_problems() );
		self::assertSame( array( $webhook->id ), $this->taken->list_confirmed() );
	}

	public function test_knows_webhooks_of_another_network_as_others(): void {
		global $wpdb;
		$webhook = $this->insert( 'https://example.com/x' );
		$this->take( $webhook );
		$wpdb->query( "UPDATE {$this->taken->name()} SET network_id = 2" );
		self::assertSame( array(), $this->taken->list_ids( 'payment_received' ) );
		self::assertSame( array(), $this->taken->list_rows() );
		$wpdb->query( "DELETE FROM {$this->taken->name()}" );
	}

	public function test_other_networks_than_the_main_one_have_webhooks_of_their_own(): void {
		global $current_site, $wpdb;
		$main = $current_site;
		self::assertSame( array( "{$wpdb->base_prefix}wu_webhooks", 'wu_the_webhooks' ), array( Originals::table(), Originals::filter_name() ) );
		try {
			$current_site     = clone $main;
			$current_site->id = 7;
			self::assertSame( array( "{$wpdb->base_prefix}wu_7_webhooks", 'wu_7_the_webhooks' ), array( Originals::table(), Originals::filter_name() ) );
		} finally {
			$current_site = $main;
		}
	}

	public function test_an_event_says_to_whom_it_is_left_and_is_left_once(): void {
		$webhook = $this->insert( 'https://example.com/x' );
		$this->take( $webhook );
		$handover = new Handover( Bridge::instance()->config(), $this->taken );
		$context  = $handover->mark( 'payment_received', array() );
		self::assertSame( array( 'takenOver' => array( $webhook->id ) ), $context );
		self::assertSame( array(), $handover->take( 'payment_received' ), 'nothing is kept yet' );
		$handover->settle( Event::happened( 'payment_received', array( 'a' => 1 ), $context ) );
		self::assertSame( array( $webhook->id ), $handover->take( 'payment_received' ) );
		self::assertSame( array(), $handover->take( 'payment_received' ) );
		self::assertSame( array( 'a' => 1 ), $handover->mark( 'site_published', array( 'a' => 1 ) ) );
	}

	public function test_what_was_taken_over_is_kept_although_the_list_of_a_moment_ago_does_not_name_it(): void {
		Bridge::instance()->wanted()->learn( array( 'wanted' => array() ) );
		$this->take( $this->insert( 'https://example.com/x' ) );
		do_action( 'wu_event', 'site_published', array( 'a' => 1 ) );
		do_action( 'wu_event', 'payment_received', array( 'a' => 1 ) );
		self::assertSame( array( 'payment_received' ), $this->types() );
	}

	public function test_leaves_nothing_to_the_sidecar_that_it_can_never_take(): void {
		$this->take( $this->insert( 'https://example.com/x' ) );
		$handover = new Handover( Bridge::instance()->config(), $this->taken );
		foreach ( array( array( 'a' => NAN ), array( 'a' => str_repeat( 'x', 300000 ) ), array( 1, 2 ), array(), 'text' ) as $payload ) {
			$handover->settle( Event::happened( 'payment_received', $payload, $handover->mark( 'payment_received', array() ) ) );
			self::assertSame( array(), $handover->take( 'payment_received' ) );
		}
	}

	public function test_leaves_nothing_to_the_sidecar_while_the_mode_is_another(): void {
		$this->take( $this->insert( 'https://example.com/x' ) );
		foreach ( array( 'observe', 'off', 'nonsense' ) as $mode ) {
			update_network_option( null, 'sidehook_mode', $mode );
			$handover = new Handover( Bridge::instance()->config(), $this->taken );
			self::assertSame( array(), $handover->mark( 'payment_received', array() ), $mode );
		}
	}

	public function test_what_is_taken_over_is_off_the_list_while_its_event_is_sent_and_at_no_other_time(): void {
		$seen     = array();
		$list     = static fn (): array => apply_filters( Originals::filter_name(), array( 3, (object) array( 'id' => '4' ), 5 ) );
		$sender   = static function () use ( &$seen, $list ): void {
			$seen[] = count( $list() );
		};
		$dispatch = new Dispatch();
		add_action( 'wu_event_some_event', $sender );
		do_action( 'wu_event_some_event', array( 1 ) );
		$dispatch->announce( 'some_event', array( 1 ), array( 4, 5 ) );
		$seen[] = count( $list() );
		do_action( 'wu_event_some_event', array( 1 ) );
		$seen[] = count( $list() );
		do_action( 'wu_event_some_event', array( 1 ) );
		$dispatch->announce( 'some_event', array( 1 ), array( 4 ) );
		do_action( 'wu_event_some_event', array( 'another' ) );
		do_action( 'wu_event_some_event' );
		remove_action( 'wu_event_some_event', $sender );
		self::assertSame( array( 3, 3, 1, 3, 3, 3, 3 ), $seen );
	}

	public function test_a_webhook_without_a_name_gets_one_and_old_events_their_new_name(): void {
		$mirrored = $this->insert( 'https://example.com/x', 'plan_change', array( 'name' => ' ' ) )->to_mirror( null );
		self::assertSame( array( 'externalId' => '1:1', 'name' => 'Webhook 1', 'url' => 'https://example.com/x', 'events' => array( 'membership_plan_changed' ) ), $mirrored );
		$known = array_column( json_decode( (string) file_get_contents( dirname( __DIR__ ) . '/events.json' ), true ), 'type' );
		foreach ( array( 'account_created', 'account_deleted', 'new_domain_mapping', 'payment_successful', 'refund_issued', 'plan_change', 'payment_failed' ) as $old ) {
			self::assertContains( Original::successor_of( $old ), $known );
		}
	}

	public function test_tells_of_each_webhook_beyond_the_hundred_that_were_ever_sent_to(): void {
		for ( $i = 0; $i < 103; $i++ ) {
			$this->insert( "https://example.com/$i" );
		}
		$notes = Report::describe( Bridge::instance()->takeover()->originals()->list_all(), array(), false );
		self::assertSame( array( 1, 2, 3 ), array_keys( $notes ) );
		self::assertStringContainsString( 'not among the newest 100', $notes[1][0] );
	}

	public function test_lists_more_webhooks_than_go_into_one_statement(): void {
		global $wpdb;
		$rows = implode( ',', array_fill( 0, 1201, "('x', 'https://example.com/x', 'payment_received')" ) );
		$wpdb->query( 'INSERT INTO ' . Originals::table() . " (name, webhook_url, event) VALUES $rows" );
		$ids = array_map( static fn ( Original $original ): int => $original->id, Bridge::instance()->takeover()->originals()->list_all() );
		self::assertSame( range( 1, 1201 ), $ids );
	}

	public function test_counts_each_hour_once_and_never_by_saving_a_webhook(): void {
		$webhook  = $this->insert( 'https://example.com/x', 'payment_received', array( 'event_count' => 7 ) );
		$other    = $this->insert( 'https://example.com/y' );
		$settings = new Settings();
		$counts   = new Counts( Bridge::instance()->takeover()->originals(), new Client( new SidecarClient( Bridge::instance()->config() ) ), $settings );
		$noon     = strtotime( '2026-11-22 12:00:00 UTC' );
		$counts->bring_up_to_date( $noon );
		$counts->begin( $noon - 600 );
		$counts->begin( $noon + 600 );
		$path = '/v1/mirror/ultimate-multisite/delivered?since=2026-11-22T11:00:00Z&until=2026-11-22T12:00:00Z';
		$data = array( array( 'externalId' => "1:{$webhook->id}", 'delivered' => 5 ), array( 'externalId' => "2:{$other->id}", 'delivered' => 9 ), array( 'externalId' => 'x', 'delivered' => 1 ) );
		$counts->bring_up_to_date( $noon + 60 );
		self::assertSame( 7, $this->count_of( $webhook ), 'the sidecar did not answer' );
		self::$sidecar->answer( 'accept', array( 'prepared' => array( $path => array( 'data' => $data ) ) ) );
		$counts->bring_up_to_date( $noon + 120 );
		$counts->bring_up_to_date( $noon + 180 );
		self::assertSame( array( 12, 0 ), array( $this->count_of( $webhook ), $this->count_of( $other ) ) );
		self::assertCount( 1, self::$sidecar->requests( $path ) );
	}

	private function count_of( Original $original ): int {
		return Bridge::instance()->takeover()->originals()->find( array( $original->id ) )[0]->event_count;
	}
}
