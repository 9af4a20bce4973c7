<?php
/**
 * Networks beside this one, made with WP Multi Network or Ultimate Multisite's add-on for them.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Listeners;

use Sidehook\Recorder;

final class Networks {

	public function __construct( private readonly Recorder $recorder ) {}

	public function created( int $network_id ): void {
		$this->recorder->record( 'network_created', array( 'network_id' => $network_id ) );
	}

	public function updated( int $network_id ): void {
		$this->recorder->coalesce( 'network_updated ' . $network_id, 'network_updated', array( 'network_id' => $network_id ) );
	}

	public function deleted( object $network ): void {
		$this->recorder->record(
			'network_deleted',
			array(
				'network_id' => self::id_of( $network ),
				'domain'     => (string) $network->domain,
			)
		);
	}

	public function site_moved( int $site_id, int $old_network_id, int $network_id ): void {
		$this->recorder->record(
			'site_moved',
			array(
				'site_id'        => $site_id,
				'old_network_id' => $old_network_id,
				'new_network_id' => $network_id,
			)
		);
	}

	public function published( object $network, object $membership ): void {
		$this->recorder->record(
			'network_published',
			array(
				'network_id'    => self::id_of( $network ),
				'membership_id' => (int) $membership->get_id(),
			)
		);
	}

	/** WordPress's own class has a property, Ultimate Multisite's a method. */
	private static function id_of( object $network ): int {
		return (int) ( method_exists( $network, 'get_id' ) ? $network->get_id() : $network->id );
	}
}
