<?php
/**
 * Users of the network.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Listeners;

use Sidehook\Payload;
use Sidehook\Recorder;

final class Users {

	/** Column => name in `changes`. What is kept as meta has changed already when the hook fires: nobody knows what it was. */
	private const COLUMNS = array(
		'user_email'   => 'email',
		'display_name' => 'display_name',
		'user_url'     => 'url',
	);

	public function __construct( private readonly Recorder $recorder ) {}

	/** Two hooks tell of the same one. */
	public function created( int $user_id ): void {
		$user = get_userdata( $user_id );
		if ( false !== $user && $this->recorder->told()->is_first( 'wp_user_created', $user_id ) ) {
			$this->recorder->record( 'wp_user_created', fn (): array => Payload::user( $user ) + array( 'registered' => Payload::time( $user->user_registered ) ) );
		}
	}

	public function updated( int $user_id, \WP_User $before ): void {
		$user = get_userdata( $user_id );
		if ( false === $user ) {
			return;
		}
		$changes = array();
		foreach ( self::COLUMNS as $column => $name ) {
			if ( $before->$column !== $user->$column ) {
				$changes[ $name ] = array(
					'old' => (string) $before->$column,
					'new' => (string) $user->$column,
				);
			}
		}
		// Whether they are the same is all that is asked of the two hashes.
		if ( $before->user_pass !== $user->user_pass ) {
			$changes['password_changed'] = true;
			Security::tell_password( $this->recorder, $user );
		}
		$this->recorder->coalesce( "wp_user_updated $user_id", 'wp_user_updated', Payload::user( $user ), $changes );
	}

	public function added_to_site( int $user_id, mixed $role, int $site_id ): void {
		$this->on_site( 'wp_user_added_to_site', $user_id, $site_id, array( 'role' => (string) $role ) );
	}

	public function removed_from_site( int $user_id, int $site_id ): void {
		$this->on_site( 'wp_user_removed_from_site', $user_id, $site_id );
	}

	/**
	 * Who had no role is new on the site, and `wp_user_added_to_site` tells of that.
	 *
	 * @param list<string> $old_roles
	 */
	public function role_changed( int $user_id, mixed $role, array $old_roles ): void {
		if ( array() !== $old_roles && array( $role ) !== array_values( $old_roles ) ) {
			$more = array(
				'role'      => (string) $role,
				'old_roles' => array_values( $old_roles ),
			);
			$this->on_site( 'wp_user_role_changed', $user_id, get_current_blog_id(), $more );
		}
	}

	/** On a network this hook also tells that a user has left one site: only a missing row is a deletion. */
	public function deleted( int $user_id, mixed $reassign, \WP_User $user ): void {
		if ( false === get_userdata( $user_id ) ) {
			$this->recorder->told()->forget( 'wp_user_created', $user_id );
			$this->recorder->coalescer()->forget( "wp_user_updated $user_id" );
			$this->recorder->record( 'wp_user_deleted', fn (): array => Payload::user( $user ) );
		}
	}

	public function spammed( int $user_id ): void {
		$this->marked( 'wp_user_spammed', $user_id );
	}

	public function unspammed( int $user_id ): void {
		$this->marked( 'wp_user_unspammed', $user_id );
	}

	private function marked( string $type, int $user_id ): void {
		$user = get_userdata( $user_id );
		if ( false !== $user ) {
			$this->recorder->record( $type, fn (): array => Payload::user( $user ) );
		}
	}

	/** @param array<string, mixed> $more */
	private function on_site( string $type, int $user_id, int $site_id, array $more = array() ): void {
		$user = $this->recorder->may_record( $type ) ? get_userdata( $user_id ) : false;
		if ( false !== $user ) {
			$payload = array( 'site_id' => $site_id ) + Payload::user( $user ) + $more;
			$this->recorder->on_site( $site_id, fn () => $this->recorder->record( $type, $payload ) );
		}
	}
}
