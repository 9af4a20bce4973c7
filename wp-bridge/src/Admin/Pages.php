<?php
/**
 * The sidecar's pages inside the network admin.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Admin;

use Sidehook\Bridge;
use Sidehook\NetworkPage;
use Sidehook\SidecarClient;

/**
 * Each request goes: capability, nonce of what changes something, sidecar, answer. The browser never learns where the
 * sidecar is, and the sidecar needs no port that anybody but WordPress reaches.
 */
final class Pages {

	public const CAPABILITY = 'manage_network';

	private const SLUG = 'sidehook';

	private const NONCE = 'sidehook_pages';

	/** The one `path` that is a page of ours: those of the sidecar begin with a slash. */
	private const BRIDGE_PATH = 'bridge';

	private const READ_SECONDS = 10.0;

	/** *Send Test Event* waits for the receiver, which has up to thirty. */
	private const CHANGE_SECONDS = 40.0;

	private ?Reply $reply = null;

	public function __construct( private readonly Bridge $bridge ) {}

	/** Among Ultimate Multisite's pages where it runs, else among the network's settings. */
	public function add_to_menu(): void {
		$has_ultimate = function_exists( 'WP_Ultimo' ) && WP_Ultimo()->is_loaded();
		$hook         = add_submenu_page(
			$has_ultimate ? 'wp-ultimo' : 'settings.php',
			__( 'Webhooks', 'sidehook' ),
			__( 'Webhooks', 'sidehook' ),
			self::CAPABILITY,
			self::SLUG,
			$this->render( ... )
		);
		add_action( "load-$hook", $this->load( ... ) );
	}

	/** The bridge's own page: how it is connected, and what it has recorded. */
	public static function bridge_url(): string {
		return network_admin_url( 'admin.php?page=' . self::SLUG . '&path=' . self::BRIDGE_PATH );
	}

	/** Where a page of the sidecar is, such as `/webhooks`. */
	public static function url( string $path ): string {
		return network_admin_url( 'admin.php?page=' . self::SLUG . '&path=' . $path );
	}

	/** Before WordPress has printed anything: what is no page for its frame goes out by itself. */
	private function load(): void {
		if ( ! current_user_can( self::CAPABILITY ) ) {
			wp_die( esc_html__( 'Only people who manage the network may do this.', 'sidehook' ), '', array( 'response' => 403 ) );
		}
		// WordPress looks for the page under the file name in the address, which need not be that of its menu.
		add_filter( 'submenu_file', static fn (): string => self::SLUG );
		// phpcs:ignore WordPress.Security.NonceVerification.Recommended -- names a page, changes nothing.
		if ( self::BRIDGE_PATH === ( $_GET['path'] ?? '' ) || null !== $this->bridge->config()->problem() ) {
			return;
		}
		$request = Request::from_web();
		if ( $request->is_change() ) {
			check_admin_referer( self::NONCE, 'csrf' );
		}
		$this->answer( $this->ask( $request ) );
	}

	private function ask( Request $request ): Reply {
		$body    = $request->to_json( self::surroundings() );
		$seconds = $request->is_change() ? self::CHANGE_SECONDS : self::READ_SECONDS;
		$client  = new SidecarClient( $this->bridge->config() );
		return Reply::from( $client->post_admin( '/admin/embedded', $body, $seconds, Reply::MAX_BYTES + 1 ) );
	}

	/**
	 * Who looks, and how the page is to fit in: all of it stands in the body, which is what the bridge signs.
	 *
	 * @return array<string, mixed>
	 */
	private static function surroundings(): array {
		$user = wp_get_current_user();
		return array(
			'user'        => array(
				'id'    => $user->ID,
				'login' => $user->user_login,
			),
			'language'    => str_replace( '_', '-', get_user_locale( $user ) ),
			'timeZone'    => self::time_zone(),
			'colors'      => sanitize_key( (string) get_user_option( 'admin_color' ) ),
			'base'        => wp_make_link_relative( self::url( '' ) ),
			'bridgePage'  => wp_make_link_relative( self::bridge_url() ),
			'nonce'       => wp_create_nonce( self::NONCE ),
			'scriptNonce' => Policy::number(),
		);
	}

	/** Of the browser, where the pages' script has told it; else of the network's main site. */
	private static function time_zone(): string {
		$zone = sanitize_text_field( wp_unslash( $_COOKIE['sidehook_zone'] ?? '' ) );
		return substr( '' === $zone ? wp_timezone_string() : $zone, 0, 64 );
	}

	private function answer( Reply $reply ): void {
		if ( null !== $reply->location ) {
			$this->redirect( $reply );
		}
		if ( null === $reply->problem && ! $reply->is_for_frame() ) {
			$reply->send();
			exit;
		}
		$this->reply = $reply;
		if ( null === $reply->problem ) {
			status_header( $reply->status );
			add_filter( 'admin_title', static fn ( string $title ): string => $reply->title() . ' &lsaquo; ' . $title );
			Policy::enforce();
		}
	}

	/** The sidecar leads from page to page, never out of the network admin. */
	private function redirect( Reply $reply ): never {
		$is_inside = str_starts_with( $reply->location, wp_make_link_relative( self::url( '' ) ) );
		wp_safe_redirect( $is_inside ? $reply->location : self::url( '/' ), 303 );
		exit;
	}

	private function render(): void {
		if ( null !== $this->reply && null === $this->reply->problem ) {
			Policy::print_untouched( $this->reply->body );
			return;
		}
		if ( null !== $this->reply ) {
			printf( '<div class="notice notice-error inline" role="alert"><p>%s</p></div>', esc_html( $this->reply->problem ) );
		}
		( new NetworkPage( $this->bridge ) )->render();
	}
}
