<?php
/**
 * Webhooks that Ultimate Multisite has accepted and could not store, because their URL is too long for its table.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Takeover;

/**
 * Whoever has made one by REST was told that all is well. It is made in the sidecar instead, as a webhook of its own:
 * Ultimate Multisite knows nothing of it and can neither send to it nor delete it. Kept until the sidecar has it.
 */
final class Unstored {

	/** A program that tries again and again makes the same webhook; many different ones are no accident. */
	private const MAX = 50;

	private const SECONDS = 10.0;

	public function __construct( private readonly Client $client, private readonly Settings $settings ) {}

	/** @param object $webhook Model that has no id after it was saved. */
	public function add( object $webhook ): void {
		$url   = (string) $webhook->get_webhook_url();
		$event = (string) $webhook->get_event();
		$known = $this->settings->read()['unstored'];
		if ( strlen( $url ) > Report::MAX_URL && count( $known ) < self::MAX ) {
			$id           = get_current_network_id() . ':' . sha1( "$event $url" );
			$known[ $id ] = array(
				'externalId' => $id,
				'name'       => (string) $webhook->get_name(),
				'url'        => $url,
				'events'     => array( Original::successor_of( $event ) ),
			);
			$this->settings->change( array( 'unstored' => $known ) );
		}
	}

	/** @return ?string Why it could not be done now. What the sidecar refuses is refused for good. */
	public function create(): ?string {
		$webhooks = $this->settings->read()['unstored'];
		if ( array() === $webhooks ) {
			return null;
		}
		$answer = $this->client->mirror( array_values( $webhooks ), false, self::SECONDS, 'ultimate-multisite-unstored' );
		if ( ! $answer->is_ok() ) {
			return $answer->describe();
		}
		$this->settings->change( array( 'unstored' => array() ) );
		return null;
	}
}
