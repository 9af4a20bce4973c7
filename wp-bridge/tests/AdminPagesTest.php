<?php
declare( strict_types=1 );

namespace Sidehook\Tests;

/** The sidecar's pages inside the network admin, as requests of the web get them. */
final class AdminPagesTest extends BridgeTestCase {

	private const PAGE = '/wp-admin/network/admin.php?page=sidehook';

	/** Signing in is an event too, and not what these tests are about. */
	protected function setUp(): void {
		parent::setUp();
		update_network_option( null, 'sidehook_groups_off', array( 'security' ) );
	}

	/** @param array<string, mixed> $page What the sidecar answers from now on. */
	private function answer_with( array $page ): void {
		self::$sidecar->answer( 'accept', array( 'page' => $page ) );
	}

	/** @return list<array<string, mixed>> What the sidecar was asked. */
	private function asked(): array {
		return array_map( static fn ( array $request ): array => json_decode( $request['body'], true ), self::$sidecar->requests( '/admin/embedded' ) );
	}

	private function nonce( Browser $browser ): string {
		self::$sidecar->answer( 'accept' );
		$browser->get( self::PAGE );
		$nonce = $this->asked()[0]['nonce'];
		self::$sidecar->answer( 'accept' );
		return $nonce;
	}

	public function test_a_page_of_the_sidecar_stands_inside_wordpress_own(): void {
		$this->answer_with( array( 'body' => '<div id="sidehook"><h1>Our <bdi>CRM</bdi></h1></div>' ) );
		$admin = Browser::of( 'admin' );
		$html  = $admin->get( self::PAGE . '&path=/webhooks/wh_1' );
		self::assertSame( 200, $admin->status );
		self::assertStringContainsString( 'id="adminmenu"', $html );
		self::assertStringContainsString( '<div id="sidehook"><h1>Our <bdi>CRM</bdi></h1></div>', $html );
		self::assertStringContainsString( '<title>Our CRM &lsaquo; Webhooks', $html );
		self::assertMatchesRegularExpression( '~<li class="current"><a href=[^>]*page=sidehook[\'"] class="current" aria-current="page">Webhooks</a>~', $html );
	}

	public function test_the_sidecar_learns_who_asks_and_how_the_page_fits_in_by_what_is_signed(): void {
		$id = get_user_by( 'login', 'admin' )->ID;
		update_user_meta( $id, 'locale', 'de_DE' );
		update_user_meta( $id, 'admin_color', 'midnight' );
		$admin = Browser::of( 'admin' );
		$admin->get( self::PAGE . '&path=%2Fdeliveries&state=failed&event=a&event=b%20c' );
		delete_user_meta( $id, 'locale' );
		$request = self::$sidecar->requests( '/admin/embedded' )[0];
		self::assertTrue( $request['isSigned'] );
		list( 'nonce' => $nonce, 'scriptNonce' => $script ) = json_decode( $request['body'], true );
		self::assertSame( 10, strlen( $nonce ) );
		self::assertSame(
			array(
				'method'     => 'GET',
				'path'       => '/deliveries?state=failed&event=a&event=b%20c',
				'form'       => '',
				'user'       => array( 'id' => $id, 'login' => 'admin' ),
				'language'   => 'de-DE',
				'timeZone'   => wp_timezone_string(),
				'colors'     => 'midnight',
				'base'       => self::PAGE . '&path=',
				'bridgePage' => self::PAGE . '&path=bridge',
				'nonce'      => $nonce,
				'scriptNonce' => $script,
			),
			json_decode( $request['body'], true )
		);
		self::assertStringNotContainsString( 'cookie', implode( ' ', array_keys( $request['headers'] ) ) );
	}

	public function test_a_form_is_passed_on_byte_for_byte_and_leads_to_the_next_page(): void {
		$admin = Browser::of( 'admin' );
		$nonce = $this->nonce( $admin );
		$this->answer_with( array( 'status' => 303, 'headers' => array( 'location' => self::PAGE . '&path=/webhooks/wh_1&notice=added' ) ) );
		$form = "csrf=$nonce&events=a&events=b&name=O%27Hara+%22%5C&action=show";
		$admin->send( self::PAGE . '&path=/webhooks/new', $form );
		self::assertSame( 303, $admin->status );
		self::assertSame( self::PAGE . '&path=/webhooks/wh_1&notice=added', $admin->location );
		self::assertSame( array( 'POST', '/webhooks/new', $form ), array( $this->asked()[0]['method'], $this->asked()[0]['path'], $this->asked()[0]['form'] ) );
	}

	public function test_the_sidecar_never_leads_out_of_the_network_admin(): void {
		$admin = Browser::of( 'admin' );
		foreach ( array( 'https://evil.example/', '//evil.example/', '/wp-login.php?action=logout', self::PAGE . '.evil' ) as $place ) {
			$this->answer_with( array( 'status' => 302, 'headers' => array( 'location' => $place ) ) );
			$admin->send( self::PAGE );
			self::assertStringEndsWith( self::PAGE . '&path=/', $admin->location );
		}
	}

	public function test_what_changes_something_needs_a_nonce_that_the_page_has_given(): void {
		$admin = Browser::of( 'admin' );
		$nonce = $this->nonce( $admin );
		$other = $this->nonce( Browser::of( 'admin' ) );
		foreach ( array( 'name=x', 'csrf=guessed', "csrf[]=$nonce", "_wpnonce=$nonce", "csrf=$other" ) as $form ) {
			$admin->send( self::PAGE . '&path=/webhooks/wh_1/delete', $form );
			self::assertSame( 403, $admin->status, $form );
		}
		self::assertSame( array(), $this->asked() );
		$admin->send( self::PAGE . '&path=/webhooks/wh_1/delete', "csrf=$nonce" );
		self::assertCount( 1, $this->asked() );
	}

	/** @return iterable<string, array{string}> */
	public function provide_strangers(): iterable {
		yield 'a subscriber' => array( 'reader' );
		yield 'the admin of a site' => array( 'shopkeeper' );
	}

	/** @dataProvider provide_strangers */
	public function test_are_for_nobody_but_network_admins( string $login ): void {
		$nonce    = $this->nonce( Browser::of( 'admin' ) );
		$stranger = Browser::of( $login );
		foreach ( array( '/wp-admin/network/admin.php', '/wp-admin/network/settings.php', '/wp-admin/admin.php', '/shop/wp-admin/admin.php' ) as $file ) {
			foreach ( array( '', '&path=/webhooks', '&path=/assets/admin.css', '&path=bridge' ) as $path ) {
				$stranger->get( "$file?page=sidehook$path" );
				self::assertSame( 403, $stranger->status, "$file $path" );
				$stranger->send( "$file?page=sidehook$path", "csrf=$nonce" );
				self::assertSame( 403, $stranger->status, "$file $path" );
			}
		}
		self::assertSame( array(), $this->asked() );
	}

	public function test_are_shown_to_nobody_who_is_not_logged_in(): void {
		$anybody = new Browser();
		$anybody->send( self::PAGE . '&path=/webhooks' );
		self::assertStringContainsString( '/wp-login.php', (string) $anybody->location );
		self::assertSame( array(), $this->asked() );
	}

	public function test_an_asset_goes_out_by_itself_and_is_kept_by_the_browser_alone(): void {
		$headers = array( 'content-type' => 'text/css; charset=utf-8', 'cache-control' => 'public, max-age=31536000, immutable' );
		$this->answer_with( array( 'headers' => $headers, 'body' => 'a { color: red }' ) );
		$admin = Browser::of( 'admin' );
		self::assertSame( 'a { color: red }', $admin->send( self::PAGE . '&path=/assets/embedded.0123.css' ) );
		self::assertSame( array( 'text/css; charset=utf-8' ), $admin->headers( 'content-type' ) );
		self::assertSame( array( 'private, max-age=31536000, immutable' ), $admin->headers( 'cache-control' ) );
		self::assertSame( array(), $admin->headers( 'expires' ) );
		self::assertSame( array( "default-src 'none'; sandbox" ), $admin->headers( 'content-security-policy' ) );
		self::assertSame( array( 'nosniff' ), array_unique( $admin->headers( 'x-content-type-options' ) ) );
	}

	public function test_a_script_of_the_pages_gets_the_part_that_is_theirs(): void {
		$admin = Browser::of( 'admin' );
		$html  = $admin->send( self::PAGE . '&path=/event-types/payment_received', null, array( 'Sec-Fetch-Dest: empty' ) );
		self::assertSame( '<div id="sidehook"><h1>Stand-in</h1></div>', $html );
	}

	public function test_no_script_runs_but_those_of_wordpress_and_of_the_pages(): void {
		$smuggled = '<div id="sidehook"><h1>CRM</h1><script>alert(1)</script><img src=x onerror="alert(1)"></div>';
		$this->answer_with( array( 'body' => $smuggled ) );
		$admin = Browser::of( 'admin' );
		$html  = $admin->send( self::PAGE );
		$policy = implode( $admin->headers( 'content-security-policy' ) );
		self::assertMatchesRegularExpression( "~^script-src 'nonce-[0-9a-f]{32}' 'strict-dynamic'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'$~", $policy );
		preg_match( '~nonce-([0-9a-f]+)~', $policy, $found );
		self::assertSame( $this->asked()[0]['scriptNonce'], $found[1] );
		self::assertStringContainsString( $smuggled, $html );
		self::assertGreaterThan( 5, substr_count( $html, "<script nonce={$found[1]}" ) );
		self::assertSame( 1, preg_match_all( '~<script(?! nonce=)~', $html ) );
	}

	public function test_a_sidecar_that_gives_no_page_is_told_of_on_the_bridge_own_page(): void {
		$admin = Browser::of( 'admin' );
		self::$sidecar->answer( 'accept', array( 'page' => array( 'headers' => array( 'sidehook-page' => '0' ) ) ) );
		self::assertStringContainsString( 'cannot be shown now. Answer 200', $admin->get( self::PAGE ) );
		self::assertStringContainsString( self::$sidecar->url . ' – ready', $admin->get( self::PAGE ) );
		$this->configure( 'http://127.0.0.1:1', StandIn::KEY );
		self::assertStringContainsString( 'cannot be shown now. No answer', $admin->get( self::PAGE ) );
		$this->configure( self::$sidecar->url, 'whsec_' . base64_encode( str_repeat( 'k', 32 ) ) );
		self::assertStringContainsString( 'cannot be shown now. Answer 401', $admin->get( self::PAGE ) );
		$this->configure( '', '' );
		self::assertStringContainsString( 'Put these two lines into wp-config.php', $admin->get( self::PAGE ) );
	}

	public function test_a_sidecar_that_hangs_holds_nobody_for_longer_than_ten_seconds(): void {
		$admin = Browser::of( 'admin' );
		self::$sidecar->answer( 'hang' );
		self::assertStringContainsString( 'cannot be shown now. No answer', $admin->get( self::PAGE ) );
		self::assertLessThan( 14, $admin->seconds, 'ten for the page, one each for what the bridge asks about its state' );
		self::$sidecar->answer( 'accept' );
	}

	public function test_a_status_of_the_sidecar_is_the_status_of_the_page(): void {
		$this->answer_with( array( 'status' => 404 ) );
		$admin = Browser::of( 'admin' );
		self::assertStringContainsString( 'id="adminmenu"', $admin->get( self::PAGE . '&path=/nowhere' ) );
		self::assertSame( 404, $admin->status );
	}

	public function test_an_answer_that_is_too_large_is_not_kept_in_memory(): void {
		$this->answer_with( array( 'body' => str_repeat( 'x', 2097153 ) ) );
		self::assertStringContainsString( 'too large to be shown', Browser::of( 'admin' )->get( self::PAGE ) );
		$this->answer_with( array( 'body' => '<p>end</p>' . str_repeat( 'x', 2097152 - 10 ) ) );
		self::assertStringContainsString( '<p>end</p>xxx', Browser::of( 'admin' )->get( self::PAGE ) );
	}

	public function test_uploads_large_forms_and_odd_addresses_are_refused(): void {
		$admin = Browser::of( 'admin' );
		$nonce = $this->nonce( $admin );
		$admin->send( self::PAGE, "csrf=$nonce&name=" . str_repeat( 'x', 262144 ) );
		self::assertSame( 413, $admin->status );
		$admin->send( self::PAGE, "--x\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\n$nonce\r\n--x--", array( 'content-type: multipart/form-data; boundary=x' ) );
		self::assertSame( 415, $admin->status );
		foreach ( array( 'webhooks', 'https://evil.example/', '/a?b', '/a%23b', '/a%0Ab', '/%E2%80%8B' ) as $path ) {
			$admin->send( self::PAGE . '&path=' . $path );
			self::assertSame( 400, $admin->status, $path );
		}
		$admin->send( self::PAGE . '&q=' . str_repeat( 'x', 4096 ) );
		self::assertSame( 400, $admin->status );
		self::assertSame( array(), $this->asked() );
	}

	public function test_open_sidehook_leads_to_the_sidecar_own_address_with_a_link_for_this_person(): void {
		$admin = Browser::of( 'admin' );
		$page  = $admin->get( self::PAGE . '&path=bridge' );
		self::$sidecar->answer( 'accept', array( 'page' => array( 'body' => '{"url":"http://127.0.0.1:1/admin/sign-in?link=1"}' ) ) );
		$admin->press( $page, 'sidehook_open' );
		self::assertSame( 'http://127.0.0.1:1/admin/sign-in?link=1', $admin->location );
		$asked = self::$sidecar->requests( '/admin/embedded/sign-in-link' )[0];
		self::assertTrue( $asked['isSigned'] );
		self::assertSame( array( 'user' => array( 'id' => get_user_by( 'login', 'admin' )->ID, 'login' => 'admin' ) ), json_decode( $asked['body'], true ) );
		self::$sidecar->answer( 'accept', array( 'page' => array( 'status' => 409, 'body' => '{"detail":"It has none."}' ) ) );
		self::assertStringContainsString( 'Answer 409: It has none.', $admin->press( $page, 'sidehook_open' ) );
	}
}
