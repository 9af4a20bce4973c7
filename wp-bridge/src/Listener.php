<?php
/**
 * Hears what happens on the network and puts it into the outbox.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class Listener {

	/** Hook => method, priority, number of arguments. */
	public const HOOKS = array(
		// Before mails and Ultimate Multisite's own webhooks: what fails there must not lose the event.
		'wu_event'             => array( 'action_wu_event', PHP_INT_MIN, 2 ),
		// Core makes the tables at 10 and mails at 100.
		'wp_initialize_site'   => array( 'action_wp_initialize_site', 900, 2 ),
		// Core drops the tables at 10.
		'wp_uninitialize_site' => array( 'action_wp_uninitialize_site', 1, 1 ),
		'wp_delete_site'       => array( 'action_wp_delete_site', 10, 1 ),
		'archive_blog'         => array( 'action_archive_blog', 10, 1 ),
		'user_register'        => array( 'action_user_register', 10, 1 ),
		'wpmu_new_user'        => array( 'action_user_register', 10, 1 ),
		'add_user_to_blog'     => array( 'action_add_user_to_blog', 10, 3 ),
		'deleted_user'         => array( 'action_deleted_user', 10, 3 ),
	);

	/** An event that is caused by recording one would cause the next. */
	private bool $is_recording = false;

	/** Recorded and not yet offered to the sidecar, by this request. */
	private int $waiting = 0;

	/** @var array<int, array<string, mixed>> Sites that are about to be deleted, as they were. */
	private array $sites = array();

	/** @var array<int, true> Users whose creation is recorded: two hooks tell of the same one. */
	private array $users = array();

	/** @param \Closure(int): void $recorded Told after each event how many wait. */
	public function __construct(
		private readonly Config $config,
		private readonly Outbox $outbox,
		private readonly \Closure $recorded
	) {}

	public function count_waiting(): int {
		return $this->waiting;
	}

	public function forget_waiting(): void {
		$this->waiting = 0;
	}

	/** @see sidehook_send_event() */
	public function send_event( string $type, array $payload, array $context ): string {
		Event::validate( $type, $payload, $context );
		$id = '';
		Failures::guard(
			function () use ( $type, $payload, $context, &$id ): void {
				$id = $this->record( $type, array() === $payload ? new \stdClass() : $payload, $context );
			}
		);
		return $id;
	}

	public function action_wu_event( string $slug, mixed $payload ): void {
		$this->record( $slug, $payload );
	}

	/** @param array<string, mixed> $args */
	public function action_wp_initialize_site( \WP_Site $site, array $args ): void {
		$this->on_site(
			(int) $site->id,
			fn () => $this->record(
				'wp_site_created',
				self::describe_site( $site ) + array(
					'title'         => (string) get_option( 'blogname' ),
					'owner_user_id' => empty( $args['user_id'] ) ? null : (int) $args['user_id'],
					'public'        => 1 === (int) $site->public,
					'registered'    => self::time( $site->registered ),
					'lang_id'       => (int) $site->lang_id,
				)
			)
		);
	}

	public function action_wp_uninitialize_site( \WP_Site $site ): void {
		$title = (string) get_blog_option( (int) $site->id, 'blogname' );

		$this->sites[ (int) $site->id ] = self::describe_site( $site ) + array( 'title' => $title );
	}

	public function action_wp_delete_site( \WP_Site $site ): void {
		$payload = $this->sites[ (int) $site->id ] ?? self::describe_bare_site( $site );
		unset( $this->sites[ (int) $site->id ] );
		$this->record( 'wp_site_deleted', $payload, self::context_of( $payload ) );
	}

	public function action_archive_blog( int $site_id ): void {
		$site = get_site( $site_id );
		if ( null !== $site ) {
			$payload = self::describe_site( $site );
			$this->record( 'wp_site_archived', $payload, self::context_of( $payload ) );
		}
	}

	public function action_user_register( int $user_id ): void {
		$user = get_userdata( $user_id );
		if ( false !== $user && ! isset( $this->users[ $user_id ] ) ) {
			$this->users[ $user_id ] = true;
			$this->record( 'wp_user_created', self::describe_user( $user ) + array( 'registered' => self::time( $user->user_registered ) ) );
		}
	}

	public function action_add_user_to_blog( int $user_id, mixed $role, int $site_id ): void {
		$user = get_userdata( $user_id );
		if ( false !== $user ) {
			$payload = array( 'site_id' => $site_id ) + self::describe_user( $user ) + array( 'role' => (string) $role );
			$this->on_site( $site_id, fn () => $this->record( 'wp_user_added_to_site', $payload ) );
		}
	}

	/** On a network this hook also tells that a user has left one site: only a missing row is a deletion. */
	public function action_deleted_user( int $user_id, mixed $reassign, \WP_User $user ): void {
		if ( false === get_userdata( $user_id ) ) {
			unset( $this->users[ $user_id ] );
			$this->record( 'wp_user_deleted', self::describe_user( $user ) );
		}
	}

	/** @param array<string, int|string> $context */
	private function record( string $type, mixed $payload, array $context = array() ): string {
		if ( $this->is_recording || 'off' === $this->config->mode() ) {
			return '';
		}
		$this->is_recording = true;
		try {
			$event = Event::happened( $type, $payload, $context );
			$this->outbox->add( $event );
			++$this->waiting;
		} finally {
			$this->is_recording = false;
		}
		( $this->recorded )( $this->waiting );
		return $event->id;
	}

	/** Runs something with a site as the current one, and goes back whatever happens. */
	private function on_site( int $site_id, \Closure $run ): void {
		switch_to_blog( $site_id );
		try {
			$run();
		} finally {
			restore_current_blog();
		}
	}

	/** @return array<string, mixed> */
	private static function describe_site( \WP_Site $site ): array {
		return array(
			'site_id'    => (int) $site->id,
			'network_id' => (int) $site->network_id,
			'domain'     => $site->domain,
			'path'       => $site->path,
			'url'        => get_home_url( (int) $site->id, '/' ),
		);
	}

	/** A site whose tables were never made has no title, and its address is all that is known of its URL. */
	private static function describe_bare_site( \WP_Site $site ): array {
		return array(
			'site_id'    => (int) $site->id,
			'network_id' => (int) $site->network_id,
			'domain'     => $site->domain,
			'path'       => $site->path,
			'url'        => set_url_scheme( 'http://' . $site->domain . $site->path ),
			'title'      => null,
		);
	}

	/** Names each field: a user's data holds the hash of the password. */
	private static function describe_user( \WP_User $user ): array {
		return array(
			'user_id'      => (int) $user->ID,
			'login'        => (string) $user->user_login,
			'email'        => (string) $user->user_email,
			'display_name' => (string) $user->display_name,
		);
	}

	/** What happens to a site belongs to it, wherever it was done. */
	private static function context_of( array $site ): array {
		return array(
			'siteId'  => $site['site_id'],
			'siteUrl' => untrailingslashit( $site['url'] ),
		);
	}

	/** From a column of the database, which is in UTC. */
	private static function time( string $datetime ): string {
		return str_replace( ' ', 'T', $datetime ) . 'Z';
	}
}
