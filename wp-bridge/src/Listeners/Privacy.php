<?php
/**
 * People who want their data, or want it gone.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Listeners;

use Sidehook\Recorder;

final class Privacy {

	public function __construct( private readonly Recorder $recorder ) {}

	public function confirmed( int $request_id ): void {
		$request = wp_get_user_request( $request_id );
		if ( $request instanceof \WP_User_Request ) {
			$this->recorder->record(
				'wp_privacy_request_confirmed',
				array(
					'request_id' => $request_id,
					'action'     => (string) $request->action_name,
				)
			);
		}
	}

	public function erased( int $request_id ): void {
		$this->recorder->record( 'wp_privacy_data_erased', array( 'request_id' => $request_id ) );
	}
}
