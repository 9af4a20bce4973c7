<?php
declare( strict_types=1 );

namespace Sidehook\Tests;

use Sidehook\Bridge;

final class SiteHealthTest extends BridgeTestCase {

	/** @return array<string, array<string, mixed>> What each test of ours says. */
	private function results(): array {
		$tests   = apply_filters( 'site_status_tests', array( 'direct' => array(), 'async' => array() ) );
		$direct  = array_filter( $tests['direct'], static fn ( string $name ): bool => str_starts_with( $name, 'sidehook_' ), ARRAY_FILTER_USE_KEY );
		$results = array_map( static fn ( array $test ): array => $test['test'](), $direct );
		return $results + array( 'sidehook_sidecar' => $tests['async']['sidehook_sidecar']['async_direct_test']() );
	}

	private function assert_status( string $status, string $name ): array {
		$result = $this->results()[ "sidehook_$name" ];
		self::assertSame( $status, $result['status'], $result['label'] . $result['description'] );
		self::assertSame( "sidehook_$name", $result['test'] );
		return $result;
	}

	public function test_all_is_good_where_all_is_good(): void {
		wp_clear_scheduled_hook( 'sidehook_flush' );
		Bridge::instance()->activate();
		self::assertSame( array( 'good' ), array_values( array_unique( array_column( $this->results(), 'status' ) ) ) );
	}

	public function test_a_backlog_is_noticed_after_a_minute_and_critical_after_a_quarter_of_an_hour(): void {
		global $wpdb;
		$this->record( 2 );
		$this->assert_status( 'good', 'backlog' );
		$wpdb->query( "UPDATE {$this->table()} SET occurred_at = UTC_TIMESTAMP() - INTERVAL 5 MINUTE" );
		$this->assert_status( 'recommended', 'backlog' );
		$wpdb->query( "UPDATE {$this->table()} SET occurred_at = UTC_TIMESTAMP() - INTERVAL 20 MINUTE" );
		self::assertStringContainsString( '2 events wait', $this->assert_status( 'critical', 'backlog' )['description'] );
	}

	public function test_what_was_refused_for_good_is_critical_and_says_how_to_go_on(): void {
		global $wpdb;
		$this->record( 1 );
		$wpdb->query( "UPDATE {$this->table()} SET state = 'dead'" );
		self::assertStringContainsString( 'wp sidehook outbox', $this->assert_status( 'critical', 'refused' )['description'] );
	}

	public function test_a_sidecar_that_is_away_and_one_that_knows_another_key_are_told_apart(): void {
		$this->configure( 'http://127.0.0.1:1', StandIn::KEY );
		self::assertStringContainsString( 'does not answer', $this->assert_status( 'critical', 'sidecar' )['label'] );
		$this->configure( self::$sidecar->url, 'whsec_' . base64_encode( str_repeat( 'k', 32 ) ) );
		self::assertStringContainsString( 'key', $this->assert_status( 'critical', 'sidecar' )['label'] );
	}

	public function test_a_cron_that_does_not_run_is_noticed(): void {
		wp_clear_scheduled_hook( 'sidehook_flush' );
		$this->assert_status( 'recommended', 'cron' );
		wp_schedule_event( time() - HOUR_IN_SECONDS, 'sidehook_minute', 'sidehook_flush' );
		self::assertStringContainsString( 'wp-cron.php', $this->assert_status( 'recommended', 'cron' )['description'] );
		wp_clear_scheduled_hook( 'sidehook_flush' );
		Bridge::instance()->activate();
	}

	public function test_a_table_that_is_missing_or_without_transactions_is_noticed(): void {
		global $wpdb;
		$wpdb->query( "ALTER TABLE {$this->table()} ENGINE=MyISAM" );
		$this->assert_status( 'recommended', 'table' );
		$wpdb->query( "DROP TABLE {$this->table()}" );
		$this->assert_status( 'critical', 'table' );
		Bridge::instance()->table()->create();
	}

	public function test_a_full_outbox_and_events_in_files_are_noticed(): void {
		update_network_option( null, 'sidehook_full', array( 'level' => 1, 'since' => time() ) );
		$this->assert_status( 'critical', 'capacity' );
		Bridge::instance()->spool()->keep( \Sidehook\Event::happened( 'test_event', array( 'a' => 1 ) ) );
		self::assertStringContainsString( '1 event', $this->assert_status( 'recommended', 'spool' )['label'] );
	}

	public function test_a_copy_of_the_network_is_told_what_it_is(): void {
		\Sidehook\Staging::bind( StandIn::KEY );
		$bound         = get_network_option( null, 'sidehook_home' );
		$bound['home'] = 'another';
		update_network_option( null, 'sidehook_home', $bound );
		self::assertStringContainsString( 'staging', $this->assert_status( 'critical', 'settings' )['description'] );
		delete_network_option( null, 'sidehook_home' );
	}

	public function test_webhooks_that_were_not_taken_over_are_noticed(): void {
		global $wpdb;
		update_network_option( null, 'sidehook_mode', 'takeover' );
		$taken = Bridge::instance()->takeover()->taken();
		$taken->create();
		$this->assert_status( 'good', 'takeover' );
		$wpdb->query( "INSERT INTO {$taken->name()} (network_id, webhook_id, type, event, url, name, problem) VALUES (1, 9, 'a', 'a', 'ftp://a', 'A', 'url: must be http')" );
		self::assertStringContainsString( 'url: must be http', $this->assert_status( 'recommended', 'takeover' )['description'] );
		$taken->forget_all();
	}

	public function test_other_sites_say_nothing_of_it(): void {
		switch_to_blog( 2 );
		self::assertSame( array( 'direct' => array() ), apply_filters( 'site_status_tests', array( 'direct' => array() ) ) );
		self::assertArrayNotHasKey( 'sidehook', apply_filters( 'debug_information', array() ) );
		restore_current_blog();
	}

	public function test_only_who_may_see_site_health_may_have_the_sidecar_asked(): void {
		$route = '/?rest_route=/sidehook/v1/site-health';
		$guest = new Browser();
		$guest->get( $route );
		self::assertSame( 401, $guest->status );
		wp_set_current_user( 1 );
		$request = rest_do_request( new \WP_REST_Request( 'GET', '/sidehook/v1/site-health' ) );
		self::assertSame( array( 200, 'good' ), array( $request->get_status(), $request->get_data()['status'] ) );
		wp_set_current_user( 0 );
	}

	public function test_the_information_for_support_has_no_key_and_keeps_the_address_private(): void {
		$fields = apply_filters( 'debug_information', array() )['sidehook']['fields'];
		self::assertTrue( array_column( $fields, null, 'label' )['sidecar']['private'] );
		self::assertStringNotContainsString( substr( StandIn::KEY, 6 ), (string) wp_json_encode( $fields ) );
	}

	public function test_notices_say_what_is_wrong_and_what_to_do_and_nothing_while_all_is_well(): void {
		global $wpdb;
		update_network_option( null, 'sidehook_groups_off', array( 'security' ) );
		$admin = Browser::of( 'admin' );
		self::assertStringNotContainsString( '<strong>Sidehook:', $admin->get( '/wp-admin/network/' ) );
		$this->record( 1 );
		$wpdb->query( "UPDATE {$this->table()} SET state = 'dead'" );
		self::assertStringContainsString( 'outbox retry', $admin->get( '/wp-admin/network/' ) );
		$this->configure( '', '' );
		$html = $admin->get( '/wp-admin/network/' );
		self::assertStringContainsString( 'SIDEHOOK_URL and SIDEHOOK_KEY', $html );
		self::assertSame( 1, substr_count( $html, '<strong>Sidehook:' ), 'one cause is one notice' );
		self::assertStringNotContainsString( '<strong>Sidehook:', $admin->get( '/wp-admin/' ), 'it is the affair of the network' );
	}
}
