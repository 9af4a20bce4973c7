<?php
/**
 * Domains that lead to sites of Ultimate Multisite.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Listeners;

use Sidehook\ModelPayload;
use Sidehook\Recorder;

final class UltimateMultisiteDomains {

	public function __construct( private readonly Recorder $recorder ) {}

	public function mapped( mixed $domain, int $site_id ): void {
		$this->tell( 'domain_mapped', $domain, $site_id );
	}

	public function removed( mixed $domain, int $site_id ): void {
		$this->tell( 'domain_removed', $domain, $site_id );
	}

	public function deleted( mixed $result, object $domain ): void {
		if ( $result && ! is_wp_error( $result ) ) {
			$this->recorder->record( 'domain_deleted', array( 'domain_id' => (int) $domain->get_id() ) );
		}
	}

	public function became_primary( object $domain ): void {
		$this->recorder->record( 'domain_primary_changed', fn (): array => self::describe( $domain ) );
	}

	public function dns_ready( object $domain ): void {
		$this->recorder->record( 'domain_dns_ready', fn (): array => self::describe( $domain ) );
	}

	public function stage( mixed $before, mixed $now, int $domain_id ): void {
		$this->recorder->record(
			'domain_stage_changed',
			array(
				'domain_id' => $domain_id,
				'old_stage' => (string) $before,
				'new_stage' => (string) $now,
			)
		);
	}

	/** @return array<string, mixed> Which mapping it is. */
	public static function describe( object $domain ): array {
		return array_slice( ModelPayload::of( 'domain', $domain ), 0, 3 );
	}

	private function tell( string $type, mixed $domain, int $site_id ): void {
		$this->recorder->record(
			$type,
			array(
				'domain_domain' => (string) $domain,
				'site_id'       => $site_id,
			)
		);
	}
}
