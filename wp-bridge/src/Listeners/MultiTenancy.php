<?php
/**
 * Migrations of Ultimate Multisite's add-on for several tenants.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Listeners;

use Sidehook\Recorder;

final class MultiTenancy {

	public function __construct( private readonly Recorder $recorder ) {}

	public function completed( mixed $job ): void {
		$this->tell( 'tenant_migration_completed', $job, null );
	}

	public function failed( mixed $job, mixed $message ): void {
		$this->tell( 'tenant_migration_failed', $job, (string) $message );
	}

	public function cancelled( mixed $job ): void {
		$this->tell( 'tenant_migration_cancelled', $job, null );
	}

	private function tell( string $type, mixed $job, ?string $message ): void {
		$this->recorder->record(
			$type,
			array(
				'job_id'  => self::id_of( $job ),
				'message' => $message,
			)
		);
	}

	/** The add-on's code is not public: an id, or something that has one. */
	private static function id_of( mixed $job ): int|string {
		return match ( true ) {
			is_array( $job ) => $job['id'],
			! is_object( $job ) => $job,
			method_exists( $job, 'get_id' ) => $job->get_id(),
			default => $job->id,
		};
	}
}
