<?php
declare( strict_types=1 );

namespace Sidehook\Tests;

use Sidehook\Bridge;

final class NetworkPageTest extends BridgeTestCase {

	private const PAGE = '/wp-admin/network/admin.php?page=sidehook&path=bridge';

	/** Signing in is an event too, and not what these tests are about. */
	protected function setUp(): void {
		parent::setUp();
		update_network_option( null, 'sidehook_groups_off', array( 'security' ) );
	}

	public function test_shows_a_sidecar_that_is_ready_and_knows_the_key(): void {
		$html = Browser::of( 'admin' )->get( self::PAGE );
		self::assertStringContainsString( self::$sidecar->url . ' – ready', $html );
		self::assertStringContainsString( '>accepted</td>', $html );
		self::assertTrue( self::$sidecar->requests( '/v1/bridge' )[0]['isSigned'] );
	}

	public function test_shows_a_sidecar_that_is_away_and_a_key_that_is_wrong(): void {
		$this->configure( 'http://127.0.0.1:1', StandIn::KEY );
		$admin = Browser::of( 'admin' );
		self::assertStringContainsString( 'No answer', $admin->get( self::PAGE ) );
		$this->configure( self::$sidecar->url, 'whsec_' . base64_encode( str_repeat( 'k', 32 ) ) );
		self::assertStringContainsString( 'Answer 401', $admin->get( self::PAGE ) );
	}

	public function test_an_unconfigured_bridge_says_which_two_lines_are_missing(): void {
		$this->configure( '', '' );
		$html = Browser::of( 'admin' )->get( self::PAGE );
		self::assertStringContainsString( "define( &#039;SIDEHOOK_URL&#039;, &#039;http://127.0.0.1:8787&#039; );\ndefine( &#039;SIDEHOOK_KEY&#039;, &#039;whsec_…&#039; );", $html );
	}

	public function test_never_prints_the_key(): void {
		$admin  = Browser::of( 'admin' );
		$secret = substr( StandIn::KEY, 6 );
		foreach ( array( self::PAGE, '/wp-admin/network/', '/wp-admin/site-health.php?tab=debug' ) as $page ) {
			$html = $admin->get( $page );
			self::assertSame( 200, $admin->status, $page );
			self::assertStringNotContainsString( $secret, $html );
		}
		self::assertStringContainsString( 'Sidehook', $html );
	}

	public function test_shows_what_was_refused_for_good_and_trusts_none_of_it(): void {
		$this->record( 1 );
		self::$sidecar->answer( 'accept', array( 'reject' => array( '<script>alert(1)</script>' ) ) );
		do_action( 'wu_event', '<script>alert(1)</script>', array( 'a' => 1 ) );
		do_action( 'sidehook_flush' );
		$html = Browser::of( 'admin' )->get( self::PAGE );
		self::assertStringContainsString( '&lt;script&gt;alert(1)', $html );
		self::assertStringNotContainsString( '<script>alert(1)', $html );
		self::assertStringContainsString( 'payload: must be nicer', $html );
	}

	public function test_send_test_event_sends_at_once_and_shows_the_answer(): void {
		$this->record( 2 );
		$admin = Browser::of( 'admin' );
		$html  = $admin->press( $admin->get( self::PAGE ), 'sidehook_test' );
		$types = array_column( self::$sidecar->events(), 'type' );
		self::assertSame( array( 'test_event', 'test_event', 'sidehook.test' ), $types );
		self::assertStringContainsString( 'The sidecar has accepted the test event ' . self::$sidecar->events()[2]['id'], $html );
		self::assertStringNotContainsString( 'has accepted', $admin->get( self::PAGE ), 'the answer is shown once' );
	}

	public function test_send_test_event_says_why_it_waits(): void {
		$this->configure( 'http://127.0.0.1:1', StandIn::KEY );
		$admin = Browser::of( 'admin' );
		$html  = $admin->press( $admin->get( self::PAGE ), 'sidehook_test' );
		self::assertMatchesRegularExpression( '/The test event evt_\S+ waits in the outbox\. No answer/', $html );
		self::assertSame( array( 'sidehook.test' ), $this->types() );
	}

	public function test_flush_now_empties_the_outbox(): void {
		$this->record( 3 );
		$admin = Browser::of( 'admin' );
		self::assertStringContainsString( '3 events handed over', $admin->press( $admin->get( self::PAGE ), 'sidehook_flush' ) );
		self::assertSame( array(), $this->rows() );
	}

	public function test_groups_of_events_are_switched_off_and_on(): void {
		delete_network_option( null, 'sidehook_groups_off' );
		$admin = Browser::of( 'admin' );
		$page  = $admin->get( self::PAGE );
		self::assertSame( 17, preg_match_all( '/name="groups\[\]" value="[a-z-]+" checked=\'checked\'>/', $page ) );
		preg_match( '/value="sidehook_groups">.*?name="_wpnonce" value="([^"]+)"/s', $page, $found );
		$fields = array( 'action' => 'sidehook_groups', '_wpnonce' => $found[1] );
		$page   = $admin->post( '/wp-admin/admin-post.php', $fields + array( 'groups' => array( 'payments', 'users' ) ) );
		self::assertSame( 2, preg_match_all( '/name="groups\[\]" value="[a-z-]+" checked=\'checked\'>/', $page ) );
		self::assertStringContainsString( 'Saved.', $page );
		$admin->post( '/wp-admin/admin-post.php', $fields + array( 'groups' => array_keys( \Sidehook\Groups::names() ) ) );
		$this->forget_options();
		self::assertSame( array(), Bridge::instance()->groups()->list_off() );
	}

	public function test_shows_what_webhooks_want_and_learns_it(): void {
		self::$sidecar->answer( 'accept', array( 'wanted' => array( 'payment_*', '<b>' ) ) );
		self::assertStringContainsString( 'payment_*, &lt;b&gt;', Browser::of( 'admin' )->get( self::PAGE ) );
		$this->forget_options();
		self::assertFalse( Bridge::instance()->wanted()->has( 'site_published' ) );
	}

	public function provide_strangers(): iterable {
		yield 'a subscriber' => array( 'reader' );
		yield 'the admin of a site' => array( 'shopkeeper' );
	}

	/** @dataProvider provide_strangers */
	public function test_is_for_nobody_but_network_admins( string $login ): void {
		$stranger = Browser::of( $login );
		self::assertStringNotContainsString( self::$sidecar->url, $stranger->get( self::PAGE ) );
		self::assertSame( 403, $stranger->status );
		$nonces = Browser::of( 'admin' )->get( self::PAGE );
		foreach ( array( 'sidehook_test', 'sidehook_flush', 'sidehook_open', 'sidehook_groups' ) as $action ) {
			self::assertStringContainsString( 'Only people who manage the network', $stranger->press( $nonces, $action ) );
			self::assertSame( 403, $stranger->status );
		}
		self::assertSame( array(), $this->rows() );
		self::assertSame( array(), self::$sidecar->events() );
	}

	public function test_does_nothing_for_who_is_not_logged_in(): void {
		$anybody = new Browser();
		$anybody->post( '/wp-admin/admin-post.php', array( 'action' => 'sidehook_test' ) );
		self::assertSame( array(), $this->rows() );
		self::assertSame( array(), self::$sidecar->events() );
	}

	public function test_does_nothing_that_the_admin_did_not_mean(): void {
		$admin = Browser::of( 'admin' );
		foreach ( array( 'sidehook_test', 'sidehook_flush', 'sidehook_open', 'sidehook_groups' ) as $action ) {
			$admin->post( '/wp-admin/admin-post.php', array( 'action' => $action ) );
			self::assertSame( 403, $admin->status );
			$admin->post( '/wp-admin/admin-post.php', array( 'action' => $action, '_wpnonce' => 'guessed' ) );
			self::assertSame( 403, $admin->status );
		}
		self::assertSame( array(), self::$sidecar->events() );
	}

	public function test_tells_on_every_page_of_the_network_admin_that_something_is_wrong(): void {
		$admin = Browser::of( 'admin' );
		self::assertStringNotContainsString( 'does not know its sidecar', $admin->get( '/wp-admin/network/' ) );
		$this->configure( '', '' );
		self::assertStringContainsString( 'does not know its sidecar', $admin->get( '/wp-admin/network/' ) );
		$this->configure( self::$sidecar->url, 'whsec_' . base64_encode( str_repeat( 'k', 32 ) ) );
		$this->record( 1 );
		do_action( 'sidehook_flush' );
		self::assertStringContainsString( 'The sidecar does not take events: Answer 401', $admin->get( '/wp-admin/network/' ) );
	}
}
