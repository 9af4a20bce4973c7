<?php
/**
 * Lets the sidecar fetch what waits, where WordPress cannot reach it or nobody visits.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

/**
 * `POST /wp-json/sidehook/v1/outbox` is `POST /v1/events` the other way round: the answer holds events, and the next
 * request says what became of them. Both are signed with the bridge key: the request with its method and path, which stand
 * in its body, the answer with the id of its request.
 */
final class Pull {

	/** No request of the bridge itself has such an id: none can be sent back to it as if it came from the sidecar. */
	private const ID_PATTERN = '/^pull_[A-Za-z0-9-]{16,64}$/D';

	public function __construct( private readonly Bridge $bridge ) {}

	public function register(): void {
		register_rest_route(
			'sidehook/v1',
			'/outbox',
			array(
				'methods'             => 'POST',
				'callback'            => $this->answer( ... ),
				'permission_callback' => $this->is_of_the_sidecar( ... ),
			)
		);
	}

	/** The signature is the permission: there is no user, and whoever has none learns nothing. */
	private function is_of_the_sidecar( \WP_REST_Request $request ): bool {
		$id = (string) $request->get_header( 'webhook-id' );
		return 1 === preg_match( self::ID_PATTERN, $id )
			&& Signature::verify(
				array( $this->bridge->config()->key() ),
				$id,
				(string) $request->get_header( 'webhook-timestamp' ),
				(string) $request->get_header( 'webhook-signature' ),
				$request->get_body(),
				time()
			)
			&& self::is_meant( $request )
			&& $this->is_first( $id );
	}

	/** What is signed says where it goes: nobody can bring it to another door. */
	private static function is_meant( \WP_REST_Request $request ): bool {
		$said = json_decode( $request->get_body(), true );
		return is_array( $said )
			&& ( $said['method'] ?? null ) === $request->get_method()
			&& ( $said['path'] ?? null ) === $request->get_route();
	}

	/** A request that somebody has listened to is worth nothing any more. */
	private function is_first( string $id ): bool {
		global $wpdb;
		$table = $this->bridge->table();
		return $table->politely(
			function () use ( $table, $id, $wpdb ): bool {
				$network = get_current_network_id();
				$table->run( $wpdb->prepare( "DELETE FROM {$table->name()} WHERE network_id = %d AND state = 'seen' AND available_at <= UTC_TIMESTAMP()", $network ) );
				return 1 === $table->run(
					$wpdb->prepare(
						"INSERT IGNORE INTO {$table->name()} (network_id, event_id, type, site_id, payload, context, occurred_at, available_at, state, bytes)
						VALUES (%d, %s, '', 0, '', '', UTC_TIMESTAMP(6), UTC_TIMESTAMP() + INTERVAL %d SECOND, 'seen', 0)",
						$network,
						'seen_' . substr( hash( 'sha256', $id ), 0, 40 ),
						2 * Signature::TOLERANCE
					)
				);
			}
		);
	}

	private function answer( \WP_REST_Request $request ): \WP_REST_Response {
		$said = (array) json_decode( $request->get_body(), true );
		$key  = $this->bridge->config()->key();
		if ( Staging::is_elsewhere( $key ) ) {
			return new \WP_REST_Response( array( 'detail' => $this->bridge->config()->problem() ), 409 );
		}
		$this->learn( $said );
		Staging::bind( $key );
		$rows = $this->bridge->outbox()->claim();
		$body = SidecarClient::body( $rows );
		$this->print_as_signed( $body );
		$now = time();
		return new \WP_REST_Response(
			null,
			200,
			array(
				'webhook-id'        => $request->get_header( 'webhook-id' ),
				'webhook-timestamp' => (string) $now,
				'webhook-signature' => Signature::sign( $key, (string) $request->get_header( 'webhook-id' ), $now, $body ),
				'cache-control'     => 'no-store',
			)
		);
	}

	/** @param array<string, mixed> $said What became of the events before, and what is wanted. */
	private function learn( array $said ): void {
		$outbox  = $this->bridge->outbox();
		$results = is_array( $said['results'] ?? null ) ? array_column( array_filter( $said['results'], is_array( ... ) ), null, 'id' ) : array();
		$outbox->settle( $outbox->list_by_event( array_map( strval( ... ), array_keys( $results ) ) ), $results );
		$this->bridge->wanted()->learn( $said );
		// It comes in the place of WP-Cron, where nobody visits.
		Failures::guard( fn () => $this->bridge->spool()->drain( $outbox ) );
		Failures::guard( fn () => $this->bridge->valve()->release() );
		if ( $this->bridge->capacity()->state()['level'] > 0 ) {
			Failures::guard( fn () => $this->bridge->capacity()->measure() );
		}
	}

	/** WordPress would encode it anew, and the signature is over these bytes. */
	private function print_as_signed( string $body ): void {
		add_filter(
			'rest_pre_serve_request',
			static function () use ( $body ): bool {
				echo $body; // phpcs:ignore Sidehook.Security.EscapeOutput, WordPress.Security.EscapeOutput -- JSON, and said to be.
				return true;
			}
		);
	}
}
