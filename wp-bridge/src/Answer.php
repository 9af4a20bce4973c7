<?php
/**
 * What the sidecar answered, or why it did not.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class Answer {

	/** No sidecar asks for more, and no page should wait longer to try again. */
	private const MAX_RETRY_AFTER = 900;

	/**
	 * @param int                  $status      0 when there was no answer.
	 * @param array<string, mixed> $body        Empty when it was not a JSON object.
	 * @param string               $error       Why there was no answer.
	 * @param ?int                 $retry_after Seconds, when the sidecar asks to be left alone.
	 */
	private function __construct(
		public readonly int $status,
		public readonly array $body,
		public readonly string $error,
		public readonly ?int $retry_after
	) {}

	/** @param array<string, mixed>|\WP_Error $response Of the HTTP API. */
	public static function from( array|\WP_Error $response ): self {
		if ( is_wp_error( $response ) ) {
			return new self( 0, array(), $response->get_error_message(), null );
		}
		$body = json_decode( wp_remote_retrieve_body( $response ), true );
		return new self(
			(int) wp_remote_retrieve_response_code( $response ),
			is_array( $body ) ? $body : array(),
			'',
			self::seconds( wp_remote_retrieve_header( $response, 'retry-after' ) )
		);
	}

	public function is_ok(): bool {
		return $this->status >= 200 && $this->status < 300;
	}

	/** The key is not the sidecar's. */
	public function is_refused(): bool {
		return 401 === $this->status || 403 === $this->status;
	}

	/** One sentence for the network admin and the outbox. */
	public function describe(): string {
		$detail = $this->body['detail'] ?? $this->body['title'] ?? '';
		return match ( true ) {
			0 === $this->status => "No answer: {$this->error}",
			is_string( $detail ) && '' !== $detail => "Answer {$this->status}: $detail",
			default => "Answer {$this->status}",
		};
	}

	private static function seconds( mixed $header ): ?int {
		if ( ! is_string( $header ) || '' === $header ) {
			return null;
		}
		$seconds = ctype_digit( $header ) ? (int) $header : (int) strtotime( $header ) - time();
		return max( 1, min( $seconds, self::MAX_RETRY_AFTER ) );
	}
}
