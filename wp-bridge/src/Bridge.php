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

	/** Of the files of this web server. Not where WordPress would look up its folder for uploads: it would look into the database. */
	public const FOLDER = WP_CONTENT_DIR . '/uploads/sidehook-spool';

	/** Each file begins with it: a web server that gives the file out, although nobody can guess its name, has it run. */
	public const GUARD = "<?php exit; ?>\n";

	private const CRON_HOOK = 'sidehook_flush';

	private static ?self $instance = null;

	public readonly Transaction $transaction;

	/** @var array<class-string, object> Made when they are needed: most requests need none. */
	private array $parts = array();

	/** The one of this request: hooks and the public functions have no other way to find it. */
	public static function instance(): self {
		return self::$instance ??= new self();
	}

	private function __construct() {
		$this->transaction = new Transaction( $this->release_kept( ... ), $this->decide_kept( ... ) );
	}

	public function config(): Config {
		return $this->parts[ Config::class ] ??= new Config();
	}

	public function table(): Table {
		return $this->parts[ Table::class ] ??= new Table( $this->transaction );
	}

	public function outbox(): Outbox {
		return $this->parts[ Outbox::class ] ??= new Outbox( $this->table() );
	}

	public function spool(): Spool {
		return $this->parts[ Spool::class ] ??= new Spool( $this->transaction );
	}

	public function takeover(): Takeover\Takeover {
		return $this->parts[ Takeover\Takeover::class ] ??= new Takeover\Takeover( $this );
	}

	/** Asked for each event: where nothing was or is left to the sidecar, the class that knows is not even loaded. */
	public function find_handover(): ?Takeover\Handover {
		return isset( $this->parts[ Takeover\Takeover::class ] ) || 'takeover' === $this->config()->mode() ? $this->takeover()->find_handover() : null;
	}

	public function capacity(): Capacity {
		return $this->parts[ Capacity::class ] ??= new Capacity( $this->config(), $this->groups(), $this->table(), $this->outbox() );
	}

	public function valve(): Valve {
		return $this->parts[ Valve::class ] ??= new Valve( $this->table(), $this->wanted() );
	}

	public function groups(): Groups {
		return $this->parts[ Groups::class ] ??= new Groups();
	}

	public function breaker(): Breaker {
		return $this->parts[ Breaker::class ] ??= new Breaker( $this->table() );
	}

	public function wanted(): Wanted {
		return $this->parts[ Wanted::class ] ??= new Wanted( $this->config(), $this->groups( ... ), $this->breaker( ... ) );
	}

	public function recorder(): Recorder {
		if ( ! isset( $this->parts[ Recorder::class ] ) ) {
			Options::prime( $this->table(), $this->transaction->is_open() );
			$this->parts[ Recorder::class ] = new Recorder( $this );
		}
		return $this->parts[ Recorder::class ];
	}

	private function departures(): Departures {
		return $this->parts[ Departures::class ] ??= new Departures( $this );
	}

	/** Loaded only by requests that have something to send, or ask about it. */
	public function forwarder(): Forwarder {
		return $this->parts[ Forwarder::class ] ??= new Forwarder(
			config: $this->config(),
			table: $this->table(),
			outbox: $this->outbox(),
			spool: $this->spool(),
			client: new SidecarClient( $this->config() ),
			breaker: $this->breaker(),
			wanted: $this->wanted(),
			transaction: $this->transaction
		);
	}

	/** Every microsecond of this is one of every page: what only some pages need is left to them, and no class is loaded for a hook that may not fire. */
	public function register(): void {
		// What happens on the network. WordPress keeps a name in half the time that it takes for an object.
		foreach ( Hooks::TABLE as $hook => list( , , $priority, $arguments ) ) {
			add_filter( $hook, 'Sidehook\Bridge::hear', $priority, $arguments );
		}

		// Webhooks of Ultimate Multisite. The first comes after the listener at the same place: what was recorded decides who sends.
		add_action( 'wu_event', array( $this, 'action_wu_event' ), PHP_INT_MIN, 2 );
		add_action( 'wu_webhook_post_save', array( $this, 'action_wu_webhook' ), 10, 2 );
		add_action( 'wu_webhook_post_delete', array( $this, 'action_wu_webhook' ), 10, 2 );

		// Ways for it to leave.
		add_filter( 'query', array( $this->transaction, 'filter_query' ) );
		add_action( 'shutdown', array( $this, 'action_shutdown_first' ), 0 );
		add_action( 'shutdown', array( $this, 'action_shutdown_last' ), PHP_INT_MAX );
		add_filter( 'cron_schedules', array( $this, 'filter_cron_schedules' ) );
		add_action( self::CRON_HOOK, array( $this, 'action_cron' ) );
		add_action( 'rest_api_init', array( $this, 'action_rest_api_init' ) );
		add_action( 'action_scheduler_before_execute', array( $this, 'action_next_task' ), 0 );

		// Copies of options that are old now.
		foreach ( array( 'add_site_option', 'update_site_option', 'delete_site_option' ) as $hook ) {
			add_action( $hook, array( Options::class, 'forget' ), 10, 4 );
		}

		// Life of the plugin. Not with register_activation_hook(), which asks each page for the name that only these need.
		add_action( 'activate_plugin', array( $this, 'action_activate_plugin' ) );
		add_action( 'deactivate_plugin', array( $this, 'action_deactivate_plugin' ) );

		if ( is_admin() || 'cli' === PHP_SAPI || wp_doing_cron() ) {
			$this->register_for_people();
		}
	}

	/** What is seen or asked by the network admin, or by whoever WordPress tells what is kept of them: no visitor's page needs it. */
	private function register_for_people(): void {
		add_action( 'init', array( Translations::class, 'load' ) );
		add_action( 'network_admin_menu', fn () => ( new Admin\Pages( $this ) )->add_to_menu(), 30 );
		add_action( 'network_admin_notices', fn () => ( new Notices( $this ) )->print() );
		foreach ( array( 'test', 'flush', 'open', 'moved', 'groups' ) as $action ) {
			add_action( "admin_post_sidehook_$action", fn () => ( new NetworkPage( $this ) )->{"handle_$action"}() );
		}
		$this->takeover()->register_admin();
		add_filter( 'site_status_tests', fn ( array $tests ): array => ( new SiteHealth( $this ) )->add_tests( $tests ) );
		add_filter( 'debug_information', fn ( array $info ): array => ( new SiteHealth( $this ) )->add_information( $info ) );
		add_action( 'admin_init', fn () => ( new Privacy( $this ) )->add_policy_text() );
		add_filter( 'wp_privacy_personal_data_exporters', fn ( array $exporters ): array => ( new Privacy( $this ) )->add_exporter( $exporters ) );
		add_filter( 'wp_privacy_personal_data_erasers', fn ( array $erasers ): array => ( new Privacy( $this ) )->add_eraser( $erasers ) );
		if ( defined( 'WP_CLI' ) && WP_CLI ) {
			\WP_CLI::add_command( 'sidehook', new Cli( $this ) );
		}
	}

	/** Whatever is wrong with us or with what we are given: somebody's checkout goes on. */
	public static function hear( mixed ...$given ): void {
		try {
			list( $class, $method ) = Hooks::TABLE[ (string) current_filter() ];
			// Called by PHP itself, which takes "5" for the id 5, as hooks of other plugins pass it.
			call_user_func_array( array( self::instance()->listener( $class ), $method ), $given );
		} catch ( \Throwable $failure ) {
			Failures::note_thrown( $failure );
		}
	}

	/** Loaded with the first hook of its group. */
	private function listener( string $name ): object {
		$class = __NAMESPACE__ . "\\Listeners\\$name";
		return $this->parts[ $class ] ??= new $class( $this->recorder() );
	}

	/** @param int $waiting How many events this process has recorded and not sent. */
	public function note_recorded( int $waiting ): void {
		if ( 'cli' === PHP_SAPI || wp_doing_cron() ) {
			$this->departures()->note_recorded( $waiting );
		}
	}

	/** What was kept for the end of the request goes where its transaction goes: it is committed or undone with it. */
	private function release_kept(): void {
		( $this->parts[ Recorder::class ] ?? null )?->release_kept();
	}

	/** What the database has refused goes where its transaction has gone. */
	private function decide_kept( bool $is_committed ): void {
		( $this->parts[ Spool::class ] ?? null )?->decide( $is_committed );
	}

	/** Other plugins fire this hook too, with whatever they like. */
	public function action_wu_event( mixed $type = null, mixed $payload = null ): void {
		( $this->parts[ Takeover\Takeover::class ] ?? null )?->announce( $type, $payload );
	}

	public function action_wu_webhook( mixed $data = null, mixed $webhook = null ): void {
		$this->takeover()->touch( $webhook );
	}

	public function action_rest_api_init(): void {
		Translations::load();
		( new Pull( $this ) )->register();
		( new SiteHealth( $this ) )->register_route();
	}

	public function action_next_task(): void {
		Event::begin_request();
		( $this->parts[ Recorder::class ] ?? null )?->begin_request();
	}

	public function action_shutdown_first(): void {
		$this->transaction->finish();
		$this->release_kept();
	}

	public function action_shutdown_last(): void {
		( $this->parts[ Takeover\Takeover::class ] ?? null )?->follow();
		if ( isset( $this->parts[ Recorder::class ] ) ) {
			$this->departures()->depart();
		}
	}

	public function action_cron(): void {
		Failures::guard( fn () => $this->valve()->release() );
		Failures::guard( fn () => $this->forwarder()->flush( Limits::cron() ) );
		Failures::guard( fn () => $this->capacity()->measure() );
		Failures::guard( fn () => $this->takeover()->compare_when_due() );
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

	public function action_activate_plugin( mixed $plugin = null ): void {
		if ( self::name() === $plugin ) {
			$this->activate();
		}
	}

	public function action_deactivate_plugin( mixed $plugin = null ): void {
		if ( self::name() === $plugin ) {
			$this->deactivate();
		}
	}

	private static function name(): string {
		return plugin_basename( dirname( __DIR__ ) . '/sidehook.php' );
	}

	public function activate(): void {
		$this->table()->create();
		$this->takeover()->taken()->create();
		$this->schedule();
	}

	/** Keeps what has not been sent: activating again goes on where this stopped. */
	public function deactivate(): void {
		Failures::guard( fn () => $this->takeover()->give_back() );
		Failures::guard( fn () => $this->forwarder()->flush( Limits::interactive() ) );
		wp_clear_scheduled_hook( self::CRON_HOOK );
	}
}
