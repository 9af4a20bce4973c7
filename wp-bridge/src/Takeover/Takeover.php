<?php
/**
 * Takes over the webhooks of Ultimate Multisite: the parts of it, and the hooks they hang on.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Takeover;

use Sidehook\Bridge;
use Sidehook\Failures;
use Sidehook\NetworkPage;
use Sidehook\SidecarClient;

final class Takeover {

	/** Everything is told anew, whatever it looks like. */
	private const COMPARE_SECONDS = HOUR_IN_SECONDS;

	/** @var array<class-string, object> */
	private array $parts = array();

	/** @var array<int, true> Webhooks that this request has saved or deleted; 0 for those that could not be stored. */
	private array $touched = array();

	public function __construct( private readonly Bridge $bridge ) {}

	public function register_admin(): void {
		add_action( 'wp_ajax_wu_send_test_event', $this->send_test( ... ), 1 );
		add_action( 'admin_post_sidehook_take_over', $this->handle_take_over( ... ) );
		add_action( 'admin_post_sidehook_give_back', $this->handle_give_back( ... ) );
		add_action( 'admin_post_sidehook_compare', $this->handle_compare( ... ) );
	}

	public function is_on(): bool {
		return 'takeover' === $this->bridge->config()->mode();
	}

	public function handover(): Handover {
		return $this->parts[ Handover::class ] ??= new Handover( $this->bridge->config(), $this->taken() );
	}

	/** Null where nothing was ever left to the sidecar by this process, and nothing is now. */
	public function find_handover(): ?Handover {
		return isset( $this->parts[ Handover::class ] ) || $this->is_on() ? $this->handover() : null;
	}

	public function taken(): Taken {
		return $this->parts[ Taken::class ] ??= new Taken( $this->bridge->table() );
	}

	public function originals(): Originals {
		return $this->parts[ Originals::class ] ??= new Originals( $this->bridge->table() );
	}

	public function settings(): Settings {
		return $this->parts[ Settings::class ] ??= new Settings();
	}

	public function mirror(): Mirror {
		return $this->parts[ Mirror::class ] ??= new Mirror( $this->originals(), $this->taken(), $this->client(), $this->settings() );
	}

	/** Brings everything to what it is now. */
	public function compare(): Outcome {
		$this->taken()->create();
		$this->counts()->begin( time() );
		try {
			$outcome = $this->mirror()->take_over_all()->or_failure( $this->unstored()->create() );
		} catch ( \RuntimeException $refusal ) {
			$outcome = Outcome::nothing()->or_failure( $refusal->getMessage() );
		}
		$this->note( $outcome, array( 'compared_at' => time() ) );
		return $outcome;
	}

	/** What the button does where `wp-config.php` does not say otherwise. */
	public function begin(): Outcome {
		update_network_option( null, 'sidehook_mode', 'takeover' );
		return $this->compare();
	}

	public function end(): void {
		update_network_option( null, 'sidehook_mode', 'observe' );
		$this->give_back();
	}

	/** From the next event on, Ultimate Multisite sends again. What is under way in the sidecar is brought to its end there. */
	public function give_back(): void {
		$this->taken()->forget_all();
		$this->settings()->change( array( 'failure' => '' ) );
	}

	private function client(): Client {
		return $this->parts[ Client::class ] ??= new Client( new SidecarClient( $this->bridge->config() ) );
	}

	private function unstored(): Unstored {
		return new Unstored( $this->client(), $this->settings() );
	}

	private function counts(): Counts {
		return new Counts( $this->originals(), $this->client(), $this->settings() );
	}

	private function dispatch(): Dispatch {
		return $this->parts[ Dispatch::class ] ??= new Dispatch();
	}

	/** @param mixed $type Of the event that Ultimate Multisite, or whoever, is about to send by itself. */
	public function announce( mixed $type, mixed $payload ): void {
		$ids = is_string( $type ) ? ( $this->parts[ Handover::class ] ?? null )?->take( $type ) ?? array() : array();
		if ( array() !== $ids ) {
			$this->dispatch()->announce( $type, $payload, $ids );
		}
	}

	/** A save that the database has refused is announced too, with the id 0. */
	public function touch( mixed $webhook ): void {
		if ( ! is_object( $webhook ) || ! method_exists( $webhook, 'get_id' ) || ! $this->is_on() ) {
			return;
		}
		$id = (int) $webhook->get_id();
		if ( 0 === $id ) {
			Failures::guard( fn () => $this->unstored()->add( $webhook ) );
		}
		$this->touched[ $id ] = true;
	}

	/** After the page has gone out, where it can go early. */
	public function follow(): void {
		if ( array() === $this->touched || null !== $this->bridge->config()->problem() ) {
			return;
		}
		$ids           = array_keys( array_diff_key( $this->touched, array( 0 => true ) ) );
		$this->touched = array();
		if ( $this->bridge->transaction->is_open() ) {
			return; // Undone with it, for nobody is left to commit.
		}
		Failures::guard(
			function () use ( $ids ): void {
				$this->bridge->forwarder()->finish_response();
				$this->note( $this->bridge->breaker()->is_failing() ? $this->postpone() : $this->tell( $ids ) );
			}
		);
	}

	/** @param list<int> $ids */
	private function tell( array $ids ): Outcome {
		$outcome = array() === $ids ? Outcome::nothing() : $this->mirror()->follow( $ids );
		return $outcome->or_failure( $this->unstored()->create() );
	}

	/** The sidecar is known to be away: WP-Cron tells it when it is back. */
	private function postpone(): Outcome {
		return Outcome::nothing()->or_failure( $this->bridge->breaker()->state()['reason'] );
	}

	/** Once a minute, by WP-Cron. */
	public function compare_when_due(): void {
		$settings = $this->settings()->read();
		$is_due   = time() - $settings['compared_at'] >= self::COMPARE_SECONDS || '' !== $settings['failure'];
		if ( ! Originals::are_sent() || null !== $this->bridge->config()->problem() ) {
			return;
		}
		if ( $this->is_on() && ( $is_due || ! $this->mirror()->is_right() ) ) {
			$this->compare();
		}
		$this->counts()->bring_up_to_date( time() );
	}

	private function send_test(): void {
		if ( $this->is_on() ) {
			( new TestEvent( $this->taken(), $this->client() ) )->handle();
		}
	}

	private function handle_take_over(): void {
		$page = new NetworkPage( $this->bridge );
		$page->refuse_strangers( 'sidehook_take_over' );
		// phpcs:ignore WordPress.Security.NonceVerification.Missing -- checked by refuse_strangers().
		$this->settings()->change( array( 'obeys_flag' => isset( $_POST['obeys_flag'] ) ) );
		$page->go_back( self::describe( $this->begin() ) );
	}

	private function handle_give_back(): void {
		$page = new NetworkPage( $this->bridge );
		$page->refuse_strangers( 'sidehook_give_back' );
		$this->end();
		$page->go_back( __( 'Ultimate Multisite sends to its webhooks itself again. They stay in Sidehook and get no new events there.', 'sidehook' ) );
	}

	private function handle_compare(): void {
		$page = new NetworkPage( $this->bridge );
		$page->refuse_strangers( 'sidehook_compare' );
		$page->go_back( self::describe( $this->compare() ) );
	}

	/** @param array<string, mixed> $more */
	private function note( Outcome $outcome, array $more = array() ): void {
		$this->settings()->change( array( 'failure' => (string) $outcome->failure ) + $more );
	}

	private static function describe( Outcome $outcome ): string {
		$confirmed = $outcome->count_confirmed();
		$refused   = count( $outcome->problems );
		return trim(
			/* translators: %s: a number */
			sprintf( _n( 'Sidehook sends to %s webhook.', 'Sidehook sends to %s webhooks.', $confirmed, 'sidehook' ), number_format_i18n( $confirmed ) ) . ' '
			/* translators: %s: a number */
			. ( $refused > 0 ? sprintf( _n( '%s stays with Ultimate Multisite: see below why.', '%s stay with Ultimate Multisite: see below why.', $refused, 'sidehook' ), number_format_i18n( $refused ) ) : '' )
			. ' ' . $outcome->failure
		);
	}
}
