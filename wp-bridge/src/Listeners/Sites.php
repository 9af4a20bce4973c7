<?php
/**
 * Sites of the network, as WordPress itself tells of them.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Listeners;

use Sidehook\Payload;
use Sidehook\Recorder;

final class Sites {

	/** Columns whose change is told; the others are about the last visit. */
	private const COLUMNS = array(
		'domain'     => 'strval',
		'path'       => 'strval',
		'network_id' => 'intval',
		'public'     => 'intval',
		'archived'   => 'intval',
		'mature'     => 'intval',
		'spam'       => 'intval',
		'deleted'    => 'intval',
		'lang_id'    => 'intval',
	);

	/** @var array<int, array<string, mixed>> Sites that are about to be deleted, as they were. */
	private array $sites = array();

	public function __construct( private readonly Recorder $recorder ) {}

	/** @param array<string, mixed> $args */
	public function created( \WP_Site $site, array $args ): void {
		if ( ! $this->recorder->may_record( 'wp_site_created' ) ) {
			return;
		}
		$this->recorder->on_site(
			(int) $site->id,
			fn () => $this->recorder->record(
				'wp_site_created',
				fn (): array => Payload::site( $site ) + array(
					'title'         => (string) get_option( 'blogname' ),
					'owner_user_id' => empty( $args['user_id'] ) ? null : (int) $args['user_id'],
					'public'        => 1 === (int) $site->public,
					'registered'    => Payload::time( $site->registered ),
					'lang_id'       => (int) $site->lang_id,
				)
			)
		);
	}

	public function updated( \WP_Site $site, \WP_Site $before ): void {
		$changes = array();
		foreach ( self::COLUMNS as $name => $cast ) {
			$change = array(
				'old' => $cast( $before->$name ),
				'new' => $cast( $site->$name ),
			);
			if ( $change['old'] !== $change['new'] ) {
				$changes[ $name ] = $change;
			}
		}
		if ( array() !== $changes && $this->recorder->may_record( 'wp_site_updated' ) ) {
			$this->recorder->on_site(
				(int) $site->id,
				fn () => $this->recorder->coalesce( "wp_site_updated {$site->id}", 'wp_site_updated', Payload::site( $site ), $changes )
			);
		}
	}

	public function remember( \WP_Site $site ): void {
		if ( $this->recorder->may_record( 'wp_site_deleted' ) ) {
			$title = (string) get_blog_option( (int) $site->id, 'blogname' );

			$this->sites[ (int) $site->id ] = Payload::site( $site ) + array( 'title' => $title );
		}
	}

	public function deleted( \WP_Site $site ): void {
		$payload = $this->sites[ (int) $site->id ] ?? self::describe_bare( $site );
		unset( $this->sites[ (int) $site->id ] );
		$this->recorder->record( 'wp_site_deleted', $payload, Payload::context_of_site( $payload ) );
	}

	public function archived( int $site_id ): void {
		$this->marked( 'wp_site_archived', $site_id );
	}

	public function unarchived( int $site_id ): void {
		$this->marked( 'wp_site_unarchived', $site_id );
	}

	public function deactivated( int $site_id ): void {
		$this->marked( 'wp_site_deactivated', $site_id );
	}

	public function reactivated( int $site_id ): void {
		$this->marked( 'wp_site_reactivated', $site_id );
	}

	public function spammed( int $site_id ): void {
		$this->marked( 'wp_site_spammed', $site_id );
	}

	public function unspammed( int $site_id ): void {
		$this->marked( 'wp_site_unspammed', $site_id );
	}

	public function matured( int $site_id ): void {
		$this->marked( 'wp_site_matured', $site_id );
	}

	public function unmatured( int $site_id ): void {
		$this->marked( 'wp_site_unmatured', $site_id );
	}

	public function visibility( int $site_id, mixed $value ): void {
		$this->marked( 'wp_site_visibility_changed', $site_id, array( 'public' => 1 === (int) $value ) );
	}

	/**
	 * Core marks a new site before it has tables; that it is new says the same.
	 *
	 * @param array<string, mixed> $more
	 */
	private function marked( string $type, int $site_id, array $more = array() ): void {
		$site = $this->recorder->may_record( $type ) ? get_site( $site_id ) : null;
		if ( null !== $site && wp_is_site_initialized( $site ) ) {
			$payload = Payload::site( $site );
			$this->recorder->record( $type, $payload + $more, Payload::context_of_site( $payload ) );
		}
	}

	/** A site whose tables were never made has no title, and its address is all that is known of its URL. */
	private static function describe_bare( \WP_Site $site ): array {
		return array(
			'site_id'    => (int) $site->id,
			'network_id' => (int) $site->network_id,
			'domain'     => $site->domain,
			'path'       => $site->path,
			'url'        => set_url_scheme( 'http://' . $site->domain . $site->path ),
			'title'      => null,
		);
	}
}
