<?php
/**
 * Speaks to the sidecar: the only place of the plugin that opens a connection.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class SidecarClient {

	private const CONNECT_SECONDS = 0.3;

	public function __construct( private readonly Config $config ) {}

	/** @param non-empty-list<Row> $rows */
	public function post_events( array $rows, float $timeout ): Answer {
		return $this->request( 'POST', '/v1/events', self::body( $rows ), $timeout );
	}

	/** Whether it takes events: `GET /readyz` needs no key. */
	public function get_ready( float $timeout ): Answer {
		return $this->request( 'GET', '/readyz', '', $timeout );
	}

	/** Which event types its webhooks want. Also tells whether it knows our key. */
	public function get_bridge( float $timeout ): Answer {
		return $this->request( 'GET', '/v1/bridge', '', $timeout );
	}

	/** @param 'export'|'erase' $what See `POST /v1/privacy/…`. */
	public function post_privacy( string $what, array $request, float $timeout ): Answer {
		return $this->request( 'POST', "/v1/privacy/$what", (string) wp_json_encode( $request ), $timeout );
	}

	/** An address that signs this person in at the sidecar itself, once, within a minute. */
	public function get_sign_in_link( int $user_id, string $login, float $timeout ): Answer {
		$user = array(
			'id'    => $user_id,
			'login' => $login,
		);
		return $this->request( 'POST', '/admin/embedded/sign-in-link', (string) wp_json_encode( array( 'user' => $user ) ), $timeout );
	}

	/**
	 * What a browser is to get: more than an `Answer` keeps.
	 *
	 * @param int $max_bytes The body is cut off there.
	 * @return array<string, mixed>|\WP_Error Of the HTTP API.
	 */
	public function post_admin( string $path, string $body, float $timeout, int $max_bytes ): array|\WP_Error {
		return $this->send( 'POST', $path, $body, array( 'timeout' => $timeout, 'limit_response_size' => $max_bytes ) );
	}

	/**
	 * Any other request of its API.
	 *
	 * @param ?array<string, mixed> $body Sent as JSON; null for none.
	 */
	public function call( string $method, string $path, ?array $body, float $timeout ): Answer {
		return $this->request( $method, $path, null === $body ? '' : wp_json_encode( $body, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE ), $timeout );
	}

	/**
	 * Payloads stay texts, so that what was recorded arrives byte for byte.
	 *
	 * @param list<Row> $rows
	 */
	public static function body( array $rows ): string {
		$events = array_map(
			static fn ( Row $row ): array => array(
				'id'         => $row->event_id,
				'type'       => $row->type,
				'occurredAt' => $row->occurred_at,
				'payload'    => $row->payload,
				'context'    => json_decode( $row->context ),
			),
			$rows
		);
		return wp_json_encode( array( 'events' => $events ), JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR );
	}

	private function request( string $method, string $path, string $body, float $timeout ): Answer {
		return Answer::from( $this->send( $method, $path, $body, array( 'timeout' => $timeout ) ) );
	}

	/**
	 * @param array{timeout: float, limit_response_size?: int} $limits As the HTTP API takes them.
	 * @return array<string, mixed>|\WP_Error
	 */
	private function send( string $method, string $path, string $body, array $limits ): array|\WP_Error {
		$id        = 'req_' . Event::uuid( microtime( true ) );
		$timestamp = time();
		$shorten   = static function ( mixed $handle ) use ( $limits ): void {
			self::shorten( $handle, $limits['timeout'] );
		};
		add_action( 'http_api_curl', $shorten );
		try {
			return wp_remote_request(
				$this->config->url() . $path,
				$limits + array(
					'method'      => $method,
					'redirection' => 0,
					'user-agent'  => 'Sidehook-Bridge/' . Bridge::VERSION,
					'body'        => $body,
					'headers'     => array(
						'content-type'      => 'application/json',
						'webhook-id'        => $id,
						'webhook-timestamp' => (string) $timestamp,
						'webhook-signature' => Signature::sign( $this->config->key(), $id, $timestamp, $body ),
					),
				)
			);
		} finally {
			remove_action( 'http_api_curl', $shorten );
		}
	}

	/** WordPress knows no time to connect, and rounds every other up to a second. */
	private static function shorten( mixed $handle, float $timeout ): void {
		// phpcs:disable WordPress.WP.AlternativeFunctions.curl_curl_setopt -- the handle is WordPress's own.
		curl_setopt( $handle, CURLOPT_NOSIGNAL, true );
		curl_setopt( $handle, CURLOPT_CONNECTTIMEOUT_MS, (int) ( 1000 * min( $timeout, self::CONNECT_SECONDS ) ) );
		curl_setopt( $handle, CURLOPT_TIMEOUT_MS, (int) ( 1000 * $timeout ) );
		// phpcs:enable
	}
}
