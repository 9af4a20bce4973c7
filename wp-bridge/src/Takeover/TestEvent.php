<?php
/**
 * Ultimate Multisite's *Send Test Event*, for webhooks to which the sidecar sends.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Takeover;

use Sidehook\Answer;

final class TestEvent {

	/** Longer than the sidecar waits for the slowest receiver it is allowed to have. */
	private const SECONDS = 40.0;

	public function __construct( private readonly Taken $taken, private readonly Client $client ) {}

	/**
	 * Before Ultimate Multisite's own answer, and in its shape. What it does not know of is left to that: people without
	 * the right, webhooks of others, and what was typed into the form and not saved.
	 */
	public function handle(): void {
		if ( ! current_user_can( 'manage_network' ) || ! check_ajax_referer( 'wu_webhook_send_test', 'nonce', false ) ) {
			return;
		}
		$id  = absint( $_POST['webhook_id'] ?? 0 );
		$row = $this->taken->list_rows()[ $id ] ?? null;
		if ( null === $row || null === $row->sidecar_id || self::given( 'webhook_url' ) !== $row->url ) {
			return;
		}
		$answer = $this->client->send_test( $row->sidecar_id, Original::successor_of( self::given( 'webhook_event' ) ), self::SECONDS );
		// There is no sample of an event that only this network has, or the sidecar has lost the webhook.
		if ( 404 !== $answer->status ) {
			wp_send_json(
				array(
					'response' => htmlentities2( self::describe( $answer ) ),
					'id'       => $id,
				)
			);
		}
	}

	private static function given( string $name ): string {
		// phpcs:ignore WordPress.Security.NonceVerification.Missing -- checked above. Compared, and looked up: never printed or stored.
		$value = wp_unslash( $_POST[ $name ] ?? '' );
		return is_string( $value ) ? $value : '';
	}

	/** What the receiver has answered, or why it has not. */
	private static function describe( Answer $answer ): string {
		$attempt = ( (array) ( $answer->body['attempts'] ?? array() ) )[0] ?? null;
		if ( ! $answer->is_ok() || ! is_array( $attempt ) ) {
			return $answer->describe();
		}
		if ( ! is_array( $attempt['response'] ?? null ) ) {
			return (string) ( $attempt['error']['message'] ?? '' );
		}
		return trim( $attempt['response']['status'] . ' ' . ( $attempt['response']['body'] ?? '' ) );
	}
}
