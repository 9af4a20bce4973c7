<?php
/**
 * Whose data somebody asks for, and whether an event names them.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class Person {

	/** `robin@example.com` is neither in `maxrobin@example.com` nor in `robin@example.com.au`. */
	private readonly string $address;

	private readonly string $as_user;

	/** @param int $user_id 0: no user of WordPress. */
	public function __construct( public readonly string $email, public readonly int $user_id ) {
		$this->address = '/(?<![\p{L}\p{N}_])(?<![\p{L}\p{N}_][._+-])' . preg_quote( $email, '/' ) . '(?![\p{L}\p{N}_-]|\.[\p{L}\p{N}])/iu';
		$this->as_user = "/\"(?:\w*_)?(?:user|author)_id\":\"?$user_id\"?[,}]/";
	}

	public static function of( string $email ): self {
		$user = get_user_by( 'email', $email );
		return new self( strtolower( trim( $email ) ), $user instanceof \WP_User ? (int) $user->ID : 0 );
	}

	/** @param string $payload JSON text. */
	public function is_subject_of( string $payload ): bool {
		return ( $this->user_id > 0 && 1 === preg_match( $this->as_user, $payload ) ) || $this->is_named_in( json_decode( $payload, true ) );
	}

	/** @param string $context JSON text. */
	public function is_actor_of( string $context ): bool {
		return $this->user_id > 0 && ( json_decode( $context, true )['actorUserId'] ?? 0 ) === $this->user_id;
	}

	/** How statements find the few rows that are worth a look: no letters and digits are ever written otherwise. */
	public function patterns(): array {
		global $wpdb;
		preg_match_all( '/[a-z0-9]+/', (string) strstr( $this->email, '@', true ), $words );
		$longest  = array_reduce( $words[0], static fn ( string $best, string $word ): string => strlen( $word ) > strlen( $best ) ? $word : $best, '' );
		$patterns = array( '%' . $wpdb->esc_like( $longest ) . '%' );
		foreach ( 0 === $this->user_id ? array() : array( 'user_id', 'author_id' ) as $name ) {
			$patterns[] = '%' . $wpdb->esc_like( "$name\":$this->user_id" ) . '%';
			$patterns[] = '%' . $wpdb->esc_like( "$name\":\"$this->user_id\"" ) . '%';
		}
		return $patterns;
	}

	private function is_named_in( mixed $value ): bool {
		if ( is_array( $value ) ) {
			foreach ( $value as $name => $item ) {
				if ( $this->is_named_in( $name ) || $this->is_named_in( $item ) ) {
					return true;
				}
			}
			return false;
		}
		if ( ! is_string( $value ) ) {
			return false;
		}
		$texts = array( $value, rawurldecode( $value ), html_entity_decode( $value ), (string) json_encode( json_decode( $value ), JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES ) );
		return array() !== preg_grep( $this->address, $texts );
	}
}
