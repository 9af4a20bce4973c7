<?php
/**
 * Parts that payloads have in common, in the order of the catalog.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class Payload {

	/** Names each field: a user's data holds the hash of the password. */
	public static function user( \WP_User $user ): array {
		return array(
			'user_id'      => (int) $user->ID,
			'login'        => (string) $user->user_login,
			'email'        => (string) $user->user_email,
			'display_name' => (string) $user->display_name,
		);
	}

	/** @return array<string, mixed> */
	public static function site( \WP_Site $site ): array {
		return array(
			'site_id'    => (int) $site->id,
			'network_id' => (int) $site->network_id,
			'domain'     => $site->domain,
			'path'       => $site->path,
			'url'        => get_home_url( (int) $site->id, '/' ),
		);
	}

	/**
	 * What happens to a site belongs to it, wherever it was done.
	 *
	 * @param array<string, mixed> $site
	 */
	public static function context_of_site( array $site ): array {
		return array(
			'siteId'  => $site['site_id'],
			'siteUrl' => untrailingslashit( $site['url'] ),
		);
	}

	/** RFC 3339, from a column of the database, which is in UTC. */
	public static function time( string $datetime ): string {
		return str_replace( ' ', 'T', $datetime ) . 'Z';
	}
}
