<?php
declare( strict_types=1 );

namespace Sidehook\Tests;

use Sidehook\Bridge;
use Sidehook\Limits;
use Sidehook\Staging;

final class StagingTest extends BridgeTestCase {

	private string $domain = '';

	protected function setUp(): void {
		parent::setUp();
		$this->domain = get_network()->domain;
		update_network_option( null, 'sidehook_mode', 'takeover' );
		$this->record( 1 );
		self::assertSame( 1, $this->flush() );
	}

	protected function tearDown(): void {
		get_network()->domain = $this->domain;
	}

	public function test_a_copy_keeps_what_happens_on_it_to_itself(): void {
		get_network()->domain = 'staging.example';
		self::assertNotSame( '', sidehook_send_event( 'order_placed', array() ) );
		self::assertSame( 0, $this->flush() );
		self::assertCount( 1, self::$sidecar->events(), 'the one before' );
		self::assertSame( 'observe', Bridge::instance()->config()->mode(), 'not even with SIDEHOOK_MODE takeover' );
		self::assertStringContainsString( 'another address', (string) Bridge::instance()->config()->problem() );
	}

	public function test_what_a_moved_network_has_recorded_goes_out_as_soon_as_a_person_says_so(): void {
		get_network()->domain = 'new.example';
		sidehook_send_event( 'order_placed', array() );
		Staging::move( StandIn::KEY );
		self::assertSame( array( 'takeover', 1 ), array( Bridge::instance()->config()->mode(), $this->flush() ) );
	}

	public function test_a_copy_with_a_key_of_its_own_is_a_network_of_its_own(): void {
		get_network()->domain = 'staging.example';
		$this->configure( self::$sidecar->url, 'whsec_' . base64_encode( str_repeat( 'k', 32 ) ) );
		self::assertNull( Bridge::instance()->config()->problem() );
	}

	public function test_neither_the_scheme_nor_www_makes_another_network(): void {
		get_network()->domain = strtoupper( "www.$this->domain" );
		self::assertNull( Bridge::instance()->config()->problem() );
	}

	public function test_what_rewrites_addresses_finds_none_to_rewrite(): void {
		global $wpdb;
		$kept = (string) $wpdb->get_var( "SELECT meta_value FROM $wpdb->sitemeta WHERE meta_key = 'sidehook_home'" );
		self::assertNotSame( '', $kept );
		self::assertStringNotContainsString( $this->domain, $kept );
		self::assertStringNotContainsString( StandIn::KEY, $kept );
	}

	public function test_the_network_admin_is_asked_and_can_say_that_it_has_moved(): void {
		$this->bind_elsewhere();
		$admin = Browser::of( 'admin' );
		$page  = $admin->get( '/wp-admin/network/admin.php?page=sidehook' );
		self::assertStringContainsString( 'The network has moved here', $page );
		$admin->press( $page, 'sidehook_moved' );
		$this->forget_options();
		self::assertNull( Bridge::instance()->config()->problem() );
	}

	public function test_nobody_else_can_say_so(): void {
		$this->bind_elsewhere();
		foreach ( array( 'reader', 'shopkeeper' ) as $login ) {
			$visitor = Browser::of( $login );
			$visitor->post( '/wp-admin/admin-post.php', array( 'action' => 'sidehook_moved' ) );
			self::assertSame( 403, $visitor->status );
		}
		Browser::of( 'admin' )->post( '/wp-admin/admin-post.php', array( 'action' => 'sidehook_moved', '_wpnonce' => 'guessed' ) );
		$this->forget_options();
		self::assertNotNull( Bridge::instance()->config()->problem() );
	}

	private function bind_elsewhere(): void {
		get_network()->domain = 'elsewhere.example';
		Staging::move( StandIn::KEY );
		get_network()->domain = $this->domain;
	}

	private function flush(): int {
		return Bridge::instance()->forwarder()->flush( Limits::interactive() );
	}
}
