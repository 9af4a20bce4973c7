<?php
/**
 * Sites as Ultimate Multisite tells of them.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Listeners;

use Sidehook\ModelPayload;
use Sidehook\Recorder;

final class UltimateMultisiteSites {

	public function __construct( private readonly Recorder $recorder ) {}

	/** The model learns its id, title and owner after the hook, and has none if that failed: told at the end of the request. */
	public function created( mixed $data, object $site ): void {
		$describe = static fn (): ?array => $site->get_id() ? ModelPayload::of( 'site', $site ) : null;
		$this->recorder->coalesce( 'site_created_by_um ' . spl_object_id( $site ), 'site_created_by_um', $describe );
	}

	/** @param array{site_id: int} $copy */
	public function duplicated( array $copy ): void {
		$this->tell( 'site_duplicated', $copy['site_id'] );
	}

	public function template_switched( int $site_id ): void {
		$this->tell( 'site_template_switched', $site_id );
	}

	public function demo_deleted( object $site ): void {
		$this->tell( 'demo_site_deleted', $site->get_id() );
	}

	public function deleted( mixed $result, object $site ): void {
		if ( $result && ! is_wp_error( $result ) ) {
			$this->tell( 'site_deleted', $site->get_id() );
		}
	}

	private function tell( string $type, int $site_id ): void {
		$this->recorder->record( $type, array( 'site_id' => $site_id ) );
	}
}
