<?php
/**
 * The parts of the plugin, and every hook they hang on.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class Bridge {

	public const VERSION = '0.1.0';

	private const CRON_HOOK = 'sidehook_flush';

	private const FLUSH_EVERY = 50;

	private static ?self $instance = null;

	public readonly Config $config;
	public readonly Transaction $transaction;
	public readonly Table $table;
	public readonly Outbox $outbox;
	public readonly Listener $listener;

	private ?Forwarder $forwarder = null;

	/** The one of this request: hooks and the public functions have no other way to find it. */
	public static function instance(): self {
		return self::$instance ??= new self();
	}

	private function __construct() {
		$this->config      = new Config();
		$this->transaction = new Transaction();
		$this->table       = new Table( $this->transaction );
		$this->outbox      = new Outbox( $this->table );
		$this->listener    = new Listener( $this->config, $this->outbox, $this->flush_when_many( ... ) );
	}

	/** Loaded only by requests that have something to send, or ask about it. */
	public function forwarder(): Forwarder {
		return $this->forwarder ??= new Forwarder(
			$this->config,
			$this->outbox,
			new SidecarClient( $this->config ),
			new Breaker(),
			$this->transaction
		);
	}

	public function register(): void {
		$file = dirname( __DIR__ ) . '/sidehook.php';

		// What happens on the network.
		foreach ( Listener::HOOKS as $hook => [ $method, $priority, $arguments ] ) {
			add_action( $hook, fn ( mixed ...$given ) => $this->hear( $method, $given ), $priority, $arguments );
		}

		// Ways for it to leave.
		add_filter( 'query', array( $this->transaction, 'filter_query' ) );
		add_action( 'shutdown', array( $this, 'action_shutdown' ), PHP_INT_MAX );
		add_filter( 'cron_schedules', array( $this, 'filter_cron_schedules' ) );
		add_action( self::CRON_HOOK, array( $this, 'action_cron' ) );

		// Life of the plugin.
		register_activation_hook( $file, array( $this, 'activate' ) );
		register_deactivation_hook( $file, array( $this, 'deactivate' ) );

		// What the network admin sees.
		add_action( 'network_admin_menu', array( $this, 'action_network_admin_menu' ), 30 );
		add_action( 'network_admin_notices', array( $this, 'action_network_admin_notices' ) );
		add_action( 'admin_post_sidehook_test', array( $this, 'action_admin_post_test' ) );
		add_action( 'admin_post_sidehook_flush', array( $this, 'action_admin_post_flush' ) );
		add_filter( 'site_status_tests', array( $this, 'filter_site_status_tests' ) );
		add_filter( 'debug_information', array( $this, 'filter_debug_information' ) );
	}

	/** Whatever is wrong with us or with what we are given: somebody's checkout goes on. */
	private function hear( string $method, array $given ): void {
		Failures::guard( fn () => call_user_func_array( array( $this->listener, $method ), $given ) );
	}

	/** Long-running processes (imports, queues) do not wait for their end. */
	private function flush_when_many( int $waiting ): void {
		if ( $waiting >= self::FLUSH_EVERY && ( 'cli' === PHP_SAPI || wp_doing_cron() ) && ! $this->transaction->is_open() ) {
			$this->listener->forget_waiting();
			Failures::guard( fn () => $this->forwarder()->flush( Limits::long_run() ) );
		}
	}

	public function action_shutdown(): void {
		if ( $this->listener->count_waiting() > 0 ) {
			Failures::guard( fn () => $this->forwarder()->flush_after_response() );
		}
	}

	public function action_cron(): void {
		Failures::guard( fn () => $this->forwarder()->flush( Limits::cron() ) );
	}

	/**
	 * @param array<string, array{interval: int, display: string}> $schedules Schedules of WP-Cron.
	 * @return array<string, array{interval: int, display: string}>
	 */
	public function filter_cron_schedules( array $schedules ): array {
		$schedules['sidehook_minute'] = array(
			'interval' => MINUTE_IN_SECONDS,
			'display'  => __( 'Every minute', 'sidehook' ),
		);
		return $schedules;
	}

	/** WP-Cron belongs to a site: the main site's is enough for the network. */
	public function schedule(): void {
		if ( is_main_site() && ! wp_next_scheduled( self::CRON_HOOK ) ) {
			wp_schedule_event( time(), 'sidehook_minute', self::CRON_HOOK );
		}
	}

	public function activate(): void {
		$this->table->create();
		$this->schedule();
	}

	/** Keeps what has not been sent: activating again goes on where this stopped. */
	public function deactivate(): void {
		Failures::guard( fn () => $this->forwarder()->flush( Limits::interactive() ) );
		wp_clear_scheduled_hook( self::CRON_HOOK );
	}

	public function action_network_admin_menu(): void {
		$this->page()->add_to_menu();
	}

	public function action_network_admin_notices(): void {
		$this->page()->print_notices();
	}

	public function action_admin_post_test(): void {
		$this->page()->handle_test();
	}

	public function action_admin_post_flush(): void {
		$this->page()->handle_flush();
	}

	/**
	 * @param array<string, array<string, mixed>> $tests Tests of Site Health.
	 * @return array<string, array<string, mixed>>
	 */
	public function filter_site_status_tests( array $tests ): array {
		return ( new SiteHealth( $this ) )->add_test( $tests );
	}

	/**
	 * @param array<string, array<string, mixed>> $info Sections of Site Health's information.
	 * @return array<string, array<string, mixed>>
	 */
	public function filter_debug_information( array $info ): array {
		return ( new SiteHealth( $this ) )->add_information( $info );
	}

	private function page(): NetworkPage {
		return new NetworkPage( $this );
	}
}
