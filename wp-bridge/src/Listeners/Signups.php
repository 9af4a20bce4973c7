<?php
/**
 * People who have signed up and not yet opened the link in their mail, and those who have. Its key is never taken.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Listeners;

use Sidehook\Payload;
use Sidehook\Recorder;

final class Signups {

	public function __construct( private readonly Recorder $recorder ) {}

	public function user( mixed $login, mixed $email ): void {
		$this->recorder->record( 'wp_signup_user_created', self::describe( $login, $email ) );
	}

	public function site( mixed $domain, mixed $path, mixed $title, mixed $login, mixed $email ): void {
		$payload = array(
			'domain' => (string) $domain,
			'path'   => (string) $path,
			'title'  => (string) $title,
		);
		$this->recorder->record( 'wp_signup_site_created', $payload + self::describe( $login, $email ) );
	}

	public function user_activated( int $user_id ): void {
		$user = get_userdata( $user_id );
		if ( false !== $user ) {
			$this->recorder->record( 'wp_signup_user_activated', fn (): array => Payload::user( $user ) );
		}
	}

	public function site_activated( int $site_id, int $user_id ): void {
		$site = $this->recorder->may_record( 'wp_signup_site_activated' ) ? get_site( $site_id ) : null;
		if ( null !== $site ) {
			$more = array(
				'user_id' => $user_id,
				'title'   => (string) get_blog_option( $site_id, 'blogname' ),
			);
			$this->recorder->on_site( $site_id, fn () => $this->recorder->record( 'wp_signup_site_activated', Payload::site( $site ) + $more ) );
		}
	}

	/** @return array<string, string> */
	private static function describe( mixed $login, mixed $email ): array {
		return array(
			'login' => (string) $login,
			'email' => (string) $email,
		);
	}
}
