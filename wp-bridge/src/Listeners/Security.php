<?php
/**
 * Who signs in, who cannot, and who gets power. No password is ever looked at.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Listeners;

use Sidehook\Payload;
use Sidehook\Recorder;

final class Security {

	public function __construct( private readonly Recorder $recorder ) {}

	public function login( mixed $login, \WP_User $user ): void {
		$this->recorder->record(
			'wp_login',
			fn (): array => array( 'site_id' => get_current_blog_id() ) + Payload::user( $user ) + array( 'ip' => null )
		);
	}

	public function login_failed( mixed $username, mixed $error ): void {
		$this->recorder->record_limited(
			'wp_login_failed',
			array(
				'site_id'     => get_current_blog_id(),
				'username'    => (string) $username,
				'error_codes' => $error instanceof \WP_Error ? array_map( strval( ... ), $error->get_error_codes() ) : array(),
			)
		);
	}

	public function logout( int $user_id ): void {
		$this->recorder->record(
			'wp_logout',
			array(
				'site_id' => get_current_blog_id(),
				'user_id' => $user_id,
			)
		);
	}

	public function password_reset( \WP_User $user ): void {
		self::tell_password( $this->recorder, $user );
	}

	public function password_set( #[\SensitiveParameter] mixed $password, int $user_id ): void {
		$user = get_userdata( $user_id );
		if ( false !== $user ) {
			self::tell_password( $this->recorder, $user );
		}
	}

	/** Several hooks tell of one change, and a profile that is saved tells of it by none. */
	public static function tell_password( Recorder $recorder, \WP_User $user ): void {
		if ( $recorder->told()->is_first( 'wp_password_changed', $user->ID ) ) {
			$recorder->record( 'wp_password_changed', fn (): array => Payload::user( $user ) );
		}
	}

	/** @param array<string, mixed> $item Also holds the hash of the password. */
	public function application_password( int $user_id, #[\SensitiveParameter] array $item ): void {
		$user = get_userdata( $user_id );
		if ( false !== $user ) {
			$more = array(
				'app_name' => (string) $item['name'],
				'uuid'     => (string) $item['uuid'],
			);
			$this->recorder->record( 'wp_application_password_created', fn (): array => Payload::user( $user ) + $more );
		}
	}

	public function super_admin_granted( int $user_id ): void {
		$this->super_admin( 'wp_super_admin_granted', $user_id );
	}

	public function super_admin_revoked( int $user_id ): void {
		$this->super_admin( 'wp_super_admin_revoked', $user_id );
	}

	private function super_admin( string $type, int $user_id ): void {
		$user = get_userdata( $user_id );
		if ( false !== $user ) {
			$this->recorder->record( $type, fn (): array => Payload::user( $user ) );
		}
	}
}
