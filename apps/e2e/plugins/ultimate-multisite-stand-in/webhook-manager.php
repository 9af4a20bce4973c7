<?php
/** Sends webhooks as the original does: from inside the page, one after the other, and whatever becomes of it counts as sent. */

declare( strict_types=1 );

namespace WP_Ultimo\Managers;

use WP_Ultimo\Models\Webhook;

final class Webhook_Manager {

	private static ?self $instance = null;

	public static function get_instance(): self {
		return self::$instance ??= new self();
	}

	public function init(): void {
		add_action( 'init', array( $this, 'register_listeners' ) );
		add_action( 'rest_api_init', array( $this, 'register_routes' ) );
		add_action( 'wp_ajax_wu_send_test_event', array( $this, 'send_test_event' ) );
		// The original prints it into the page of a webhook.
		add_action( 'wp_ajax_stand_in_nonce', static fn () => wp_die( wp_create_nonce( 'wu_webhook_send_test' ) ) );
	}

	public function register_listeners(): void {
		foreach ( array_keys( wu_get_event_types() ) as $slug ) {
			add_action( "wu_event_$slug", array( $this, 'send_webhooks' ) );
		}
	}

	/** Knows neither the flag `active` nor more than a hundred webhooks. */
	public function send_webhooks( array $payload ): void {
		foreach ( Webhook::get_all() as $webhook ) {
			if ( 'wu_event_' . $webhook->get_event() === current_filter() ) {
				$this->send_webhook( $webhook, $payload );
			}
		}
	}

	public function send_webhook( Webhook $webhook, array $payload, bool $is_blocking = false, bool $is_counted = true ): string {
		$answer = wp_remote_post(
			$webhook->get_webhook_url(),
			array(
				'timeout'     => 45,
				'redirection' => 5,
				'headers'     => array( 'Content-Type' => 'application/json' ),
				'cookies'     => array(),
				'body'        => wp_json_encode( $payload ),
				'blocking'    => $is_blocking,
			)
		);
		if ( is_wp_error( $answer ) ) {
			return $answer->get_error_message();
		}
		if ( $is_counted ) {
			stand_in_log( $webhook->get_event(), 'webhook', (int) $webhook->get_id() );
			$webhook->set( 'event_count', $webhook->get_event_count() + 1 )->save();
		}
		return $is_blocking ? wp_remote_retrieve_body( $answer ) : '';
	}

	public function send_test_event(): void {
		if ( ! current_user_can( 'manage_network' ) ) {
			wp_send_json( array( 'response' => 'You do not have enough permissions.' ) );
		}
		check_ajax_referer( 'wu_webhook_send_test', 'nonce' );
		$webhook  = new Webhook( array( 'webhook_url' => sanitize_url( wp_unslash( $_POST['webhook_url'] ?? '' ) ) ) );
		$response = $this->send_webhook( $webhook, wu_get_event_types()[ $_POST['webhook_event'] ?? '' ]['payload'] ?? array(), true, false );
		wp_send_json(
			array(
				'response' => htmlentities2( $response ),
				'id'       => (int) ( $_POST['webhook_id'] ?? 0 ),
			)
		);
	}

	public function register_routes(): void {
		$all = array(
			'permission_callback' => $this->is_allowed( ... ),
			'callback'            => $this->answer( ... ),
		);
		register_rest_route( 'wu/v2', '/webhook', array( array( 'methods' => 'GET,POST' ) + $all ) );
		register_rest_route( 'wu/v2', '/webhook/(?P<id>\d+)', array( array( 'methods' => 'GET,PUT,POST,PATCH,DELETE' ) + $all ) );
	}

	/** One key for everything, in the clear in the settings. */
	public function is_allowed(): bool {
		return 'key' === ( $_SERVER['PHP_AUTH_USER'] ?? '' ) && 'secret' === ( $_SERVER['PHP_AUTH_PW'] ?? '' );
	}

	private function answer( \WP_REST_Request $request ): mixed {
		$id = (int) $request['id'];
		if ( 0 === $id ) {
			return 'GET' === $request->get_method()
				? array_map( static fn ( Webhook $webhook ): array => $webhook->to_array(), Webhook::get_all( array( 'number' => 10 ) ) )
				: $this->save( new Webhook(), $request, array( 'name', 'webhook_url', 'event', 'integration' ) );
		}
		$webhook = Webhook::find_row( $id );
		return match ( true ) {
			false === $webhook => new \WP_Error( 'wu_rest_webhook_invalid_id', 'Item not found.', array( 'status' => 404 ) ),
			'GET' === $request->get_method() => $webhook->to_array(),
			'DELETE' === $request->get_method() => (int) $webhook->delete(),
			default => $this->save( $webhook, $request, array() ),
		};
	}

	/** @param list<string> $required */
	private function save( Webhook $webhook, \WP_REST_Request $request, array $required ): mixed {
		$given   = (array) $request->get_json_params();
		$missing = array_diff( $required, array_keys( $given ) );
		if ( array() !== $missing ) {
			return new \WP_Error( 'rest_missing_callback_param', 'Missing parameter(s): ' . implode( ', ', $missing ), array( 'status' => 400 ) );
		}
		foreach ( array_diff_key( $given, array_flip( array( 'api_key', 'api_secret' ) ) ) as $name => $value ) {
			$webhook->set( $name, $value );
		}
		$saved = $webhook->save();
		return is_wp_error( $saved ) ? $saved : $webhook->to_array();
	}
}

Webhook_Manager::get_instance()->init();
