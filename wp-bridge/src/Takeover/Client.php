<?php
/**
 * What is said to the sidecar about Ultimate Multisite's webhooks.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Takeover;

use Sidehook\Answer;
use Sidehook\SidecarClient;

final class Client {

	private const SOURCE = 'ultimate-multisite';

	public function __construct( private readonly SidecarClient $sidecar ) {}

	/** @param non-empty-list<array<string, mixed>> $webhooks At most 200. */
	public function mirror( array $webhooks, bool $is_dry_run, float $timeout, string $source = self::SOURCE ): Answer {
		return $this->sidecar->call(
			'PUT',
			"/v1/mirror/$source",
			array(
				'webhooks' => $webhooks,
				'dryRun'   => $is_dry_run,
			),
			$timeout
		);
	}

	/** All that were mirrored, from whatever network. */
	public function list_mirrored( float $timeout ): Answer {
		return $this->sidecar->call( 'GET', '/v1/mirror/' . self::SOURCE, null, $timeout );
	}

	/** Of whole hours only, times in RFC 3339. */
	public function count_delivered( string $since, string $until, float $timeout ): Answer {
		return $this->sidecar->call( 'GET', '/v1/mirror/' . self::SOURCE . "/delivered?since=$since&until=$until", null, $timeout );
	}

	public function delete( string $sidecar_id, float $timeout ): Answer {
		return $this->sidecar->call( 'DELETE', '/v1/webhooks/' . rawurlencode( $sidecar_id ), null, $timeout );
	}

	/** Waits for the receiver. */
	public function send_test( string $sidecar_id, string $type, float $timeout ): Answer {
		return $this->sidecar->call( 'POST', '/v1/webhooks/' . rawurlencode( $sidecar_id ) . '/test', array( 'event' => $type ), $timeout );
	}
}
