<?php
/**
 * The bridge's page in the network admin.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class NetworkPage {

	private const CAPABILITY = Admin\Pages::CAPABILITY;

	private const SHOWN_DEAD = 20;

	private const CHECK_SECONDS = 1.0;

	public function __construct( private readonly Bridge $bridge ) {}

	public function handle_test(): void {
		$this->refuse_strangers( 'sidehook_test' );
		$id = $this->bridge->recorder()->send_test(
			array(
				'message'      => 'Sent by hand from the network admin.',
				'network_name' => get_network()->site_name,
				'network_url'  => network_home_url(),
			)
		);
		$this->bridge->forwarder()->flush( Limits::interactive() );
		$this->go_back( $this->describe_outcome( $id ) );
	}

	public function handle_flush(): void {
		$this->refuse_strangers( 'sidehook_flush' );
		$sent = $this->bridge->forwarder()->flush( Limits::interactive() );
		/* translators: %s: a number */
		$this->go_back( sprintf( _n( '%s event handed over.', '%s events handed over.', $sent, 'sidehook' ), number_format_i18n( $sent ) ) );
	}

	/** Leads to the sidecar's own address, where it has one, with a link that signs this person in once. */
	public function handle_open(): void {
		$this->refuse_strangers( 'sidehook_open' );
		$user   = wp_get_current_user();
		$answer = ( new SidecarClient( $this->bridge->config() ) )->get_sign_in_link( $user->ID, $user->user_login, self::CHECK_SECONDS );
		$url    = $answer->body['url'] ?? null;
		if ( ! $answer->is_ok() || ! is_string( $url ) || 1 !== preg_match( '~^https?://~', $url ) ) {
			$this->go_back( $answer->describe() );
		}
		// phpcs:ignore WordPress.Security.SafeRedirect -- the sidecar is on another host.
		wp_redirect( $url, 303 );
		exit;
	}

	public function handle_moved(): void {
		$this->refuse_strangers( 'sidehook_moved' );
		Staging::move( $this->bridge->config()->key() );
		$this->go_back( __( 'Saved.', 'sidehook' ) );
	}

	public function handle_groups(): void {
		$this->refuse_strangers( 'sidehook_groups' );
		// phpcs:ignore WordPress.Security.NonceVerification.Missing -- checked by refuse_strangers().
		$on = array_map( sanitize_key( ... ), array_filter( (array) wp_unslash( $_POST['groups'] ?? array() ), is_string( ... ) ) );
		$this->bridge->groups()->switch_on( array_values( $on ) );
		$this->go_back( __( 'Saved.', 'sidehook' ) );
	}

	public function render(): void {
		$title = __( 'Webhooks: connection', 'sidehook' );
		printf( '<div class="wrap"><h1 class="wp-heading-inline">%s</h1> ', esc_html( $title ) );
		if ( null === $this->bridge->config()->problem() ) {
			printf( '<a class="page-title-action" href="%s">%s</a>', esc_url( Admin\Pages::url( '/webhooks' ) ), esc_html__( 'All webhooks', 'sidehook' ) );
		}
		echo '<hr class="wp-header-end">';
		$this->print_answer();
		if ( null !== $this->bridge->config()->problem() ) {
			$this->print_setup();
			Staging::print_form( $this->bridge->config()->key() );
		}
		$this->print_status();
		$this->print_actions();
		( new Takeover\View( $this->bridge->takeover() ) )->render();
		$this->print_groups();
		$this->print_dead();
		echo '</div>';
	}

	/** First who, then whether they meant it. */
	public function refuse_strangers( string $action ): void {
		if ( ! current_user_can( self::CAPABILITY ) ) {
			wp_die( esc_html__( 'Only people who manage the network may do this.', 'sidehook' ), '', array( 'response' => 403 ) );
		}
		check_admin_referer( $action );
	}

	private function describe_outcome( string $id ): string {
		if ( '' === $id ) {
			return __( 'No event was recorded: the mode is off, or the database refused. PHP\'s error log may tell more.', 'sidehook' );
		}
		$row = $this->bridge->outbox()->find( $id );
		if ( null === $row ) {
			/* translators: %s: id of the event */
			return sprintf( __( 'The sidecar has accepted the test event %s.', 'sidehook' ), $id );
		}
		if ( 'dead' === $row->state ) {
			return $row->last_error;
		}
		$reason = $this->bridge->config()->problem() ?? $this->bridge->breaker()->state()['reason'];
		/* translators: 1: id of the event, 2: why it waits */
		return sprintf( __( 'The test event %1$s waits in the outbox. %2$s', 'sidehook' ), $id, $reason );
	}

	/** The answer is for the one who pressed the button, and for the next page only. */
	public function go_back( string $answer ): never {
		set_site_transient( self::answer_key(), $answer, MINUTE_IN_SECONDS );
		wp_safe_redirect( self::url() );
		exit;
	}

	private function print_answer(): void {
		$answer = get_site_transient( self::answer_key() );
		if ( is_string( $answer ) ) {
			delete_site_transient( self::answer_key() );
			printf( '<div class="notice notice-info" role="status"><p>%s</p></div>', esc_html( $answer ) );
		}
	}

	private function print_setup(): void {
		echo '<div class="card"><h2>' . esc_html__( 'Connect the sidecar', 'sidehook' ) . '</h2><p>';
		echo esc_html__( 'Put these two lines into wp-config.php, above "That\'s all, stop editing". The sidecar prints them, with its key, when it starts.', 'sidehook' );
		echo '</p><pre tabindex="0" style="overflow-x: auto">';
		echo esc_html( "define( 'SIDEHOOK_URL', 'http://127.0.0.1:8787' );\ndefine( 'SIDEHOOK_KEY', 'whsec_…' );" );
		echo '</pre></div>';
	}

	private function print_status(): void {
		echo '<table class="widefat striped" style="max-width: 60em; margin: 1em 0"><tbody>';
		foreach ( $this->list_status() as $name => $value ) {
			printf( '<tr><th scope="row">%s</th><td style="overflow-wrap: anywhere">%s</td></tr>', esc_html( $name ), esc_html( $value ) );
		}
		echo '</tbody></table>';
	}

	/** @return array<string, string> */
	private function list_status(): array {
		$summary  = $this->bridge->outbox()->summary();
		$state    = $this->bridge->breaker()->state();
		$failures = Failures::summary();
		$none     = __( 'none', 'sidehook' );
		return $this->list_connection() + array(
			__( 'Mode', 'sidehook' )               => $this->bridge->config()->mode(),
			__( 'Events that webhooks want', 'sidehook' ) => $this->bridge->wanted()->describe(),
			__( 'Waiting', 'sidehook' )            => number_format_i18n( $summary['pending'] ),
			__( 'Oldest waiting', 'sidehook' )     => 0 === $summary['pending'] ? $none : human_time_diff( time() - $summary['oldest_seconds'] ),
			__( 'Refused for good', 'sidehook' )   => number_format_i18n( $summary['dead'] ),
			__( 'Last error', 'sidehook' )         => $state['failures'] > 0 ? $state['reason'] : $none,
			/* translators: 1: how often, 2: the last message */
			__( 'Faults in the bridge', 'sidehook' ) => 0 === $failures['count'] ? $none : sprintf( __( '%1$s, the last one: %2$s', 'sidehook' ), number_format_i18n( $failures['count'] ), $failures['message'] ),
			__( 'PHP', 'sidehook' )                => PHP_VERSION . ', ' . PHP_SAPI . ', ' . self::describe_sapi(),
		);
	}

	/** @return array<string, string> */
	private function list_connection(): array {
		$problem = $this->bridge->config()->problem();
		if ( null !== $problem ) {
			return array( __( 'Sidecar', 'sidehook' ) => $problem );
		}
		$client = new SidecarClient( $this->bridge->config() );
		$ready  = $client->get_ready( self::CHECK_SECONDS );
		$signed = 0 === $ready->status ? $ready : $client->get_bridge( self::CHECK_SECONDS );
		if ( $signed->is_ok() ) {
			$this->bridge->wanted()->learn( $signed->body );
		}
		return array(
			__( 'Sidecar', 'sidehook' )    => $this->bridge->config()->url() . ' – ' . ( $ready->is_ok() ? __( 'ready', 'sidehook' ) : $ready->describe() ),
			__( 'Bridge key', 'sidehook' ) => $signed->is_ok() ? __( 'accepted', 'sidehook' ) : $signed->describe(),
		);
	}

	private static function describe_sapi(): string {
		return Forwarder::can_let_go()
			? __( 'events leave after the page has gone out', 'sidehook' )
			: __( 'cannot let a page go early: events leave at once to a sidecar on this machine, else by WP-Cron', 'sidehook' );
	}

	private function print_actions(): void {
		self::print_button( 'sidehook_test', __( 'Send Test Event', 'sidehook' ), 'button button-primary' );
		self::print_button( 'sidehook_flush', __( 'Flush now', 'sidehook' ), 'button' );
		if ( '' !== $this->bridge->config()->url() ) {
			self::print_button( 'sidehook_open', __( 'Open Sidehook in a window of its own', 'sidehook' ), 'button' );
		}
	}

	/**
	 * A button of one's own: on a narrow screen its text has as many lines as it needs.
	 *
	 * @param string $fields HTML of what is sent with it.
	 */
	public static function print_button( string $action, string $label, string $classes, string $fields = '' ): void {
		printf( '<form method="post" action="%s" style="display: inline-block; margin-right: .5em">', esc_url( admin_url( 'admin-post.php' ) ) );
		printf( '<input type="hidden" name="action" value="%s">', esc_attr( $action ) );
		wp_nonce_field( $action, '_wpnonce', false );
		// phpcs:ignore WordPress.Security.EscapeOutput -- made by the caller.
		echo $fields;
		printf( '<button class="%s" style="padding-top: .4em; padding-bottom: .4em; line-height: 1.5; white-space: normal">%s</button></form>', esc_attr( $classes ), esc_html( $label ) );
	}

	/** What is switched off here is not even written down. */
	private function print_groups(): void {
		$off = $this->bridge->groups()->list_off();
		printf( '<h2>%s</h2><form method="post" action="%s">', esc_html__( 'Events', 'sidehook' ), esc_url( admin_url( 'admin-post.php' ) ) );
		echo '<input type="hidden" name="action" value="sidehook_groups">';
		wp_nonce_field( 'sidehook_groups', '_wpnonce', false );
		printf( '<fieldset><legend>%s</legend>', esc_html__( 'Groups of events that the bridge hears. Of these it records the events that a webhook wants.', 'sidehook' ) );
		foreach ( Groups::names() as $group => $name ) {
			printf(
				'<label style="display: inline-block; min-width: 12em; margin: .4em 0"><input type="checkbox" name="groups[]" value="%s"%s> %s</label>',
				esc_attr( $group ),
				checked( ! in_array( $group, $off, true ), true, false ),
				esc_html( $name )
			);
		}
		printf( '</fieldset><p><button class="button">%s</button></p></form>', esc_html__( 'Save', 'sidehook' ) );
	}

	private function print_dead(): void {
		$rows = $this->bridge->outbox()->list_dead( self::SHOWN_DEAD );
		if ( array() === $rows ) {
			return;
		}
		printf( '<h2 id="refused">%s</h2>', esc_html__( 'Refused for good', 'sidehook' ) );
		// On a narrow screen it is moved to and fro, by keyboard as well.
		echo '<div role="region" tabindex="0" aria-labelledby="refused" style="overflow-x: auto"><table class="widefat striped" style="min-width: 40em"><thead><tr>';
		foreach ( array( __( 'Event', 'sidehook' ), __( 'Site', 'sidehook' ), __( 'Happened', 'sidehook' ), __( 'Reason', 'sidehook' ) ) as $heading ) {
			printf( '<th scope="col">%s</th>', esc_html( $heading ) );
		}
		echo '</tr></thead><tbody>';
		foreach ( $rows as $row ) {
			printf(
				'<tr><td><code>%s</code><br>%s</td><td>%d</td><td>%s</td><td>%s</td></tr>',
				esc_html( $row->type ),
				esc_html( $row->event_id ),
				(int) $row->site_id,
				esc_html( $row->occurred_at ),
				esc_html( $row->last_error )
			);
		}
		echo '</tbody></table></div>';
	}

	private static function url(): string {
		return Admin\Pages::bridge_url();
	}

	private static function answer_key(): string {
		return 'sidehook_answer_' . get_current_user_id();
	}
}
