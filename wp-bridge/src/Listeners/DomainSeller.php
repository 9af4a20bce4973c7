<?php
/**
 * Domains that are bought, by Ultimate Multisite's Domain Seller. Its code is not public: what its documentation does not promise may be missing.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Listeners;

use Sidehook\ModelPayload;
use Sidehook\Recorder;

final class DomainSeller {

	public function __construct( private readonly Recorder $recorder ) {}

	/** @param array<string, mixed> $data */
	public function registered( mixed $payment, array $data ): void {
		$this->tell( 'domain_registered', $payment, $data );
	}

	/** @param array<string, mixed> $data */
	public function registration_failed( mixed $payment, array $data, mixed $message ): void {
		$this->tell( 'domain_registration_failed', $payment, $data, array( 'error_message' => (string) $message ) );
	}

	/** @param array<string, mixed> $data */
	public function renewed( mixed $payment, array $data ): void {
		$this->tell( 'domain_renewed', $payment, $data );
	}

	/** @param array<string, mixed> $data */
	public function renewal_failed( mixed $payment, array $data, mixed $message ): void {
		$this->tell( 'domain_renewal_failed', $payment, $data, array( 'error_message' => (string) $message ) );
	}

	public function transferred( object $domain ): void {
		$this->recorder->record( 'domain_transferred', fn (): array => ModelPayload::of( 'domain', $domain ) );
	}

	public function ses_verified( object $domain ): void {
		$this->recorder->record( 'domain_ses_verified', fn (): array => UltimateMultisiteDomains::describe( $domain ) );
	}

	/**
	 * @param array<string, mixed>  $data
	 * @param array<string, string> $more
	 */
	private function tell( string $type, mixed $payment, array $data, array $more = array() ): void {
		$name = (string) ( $data['domain_name'] ?? '' );
		if ( $this->recorder->told()->is_repeated( $type, array( $name ), (string) current_action() ) ) {
			return;
		}
		$this->recorder->record(
			$type,
			array(
				'domain_name' => $name,
				'provider_id' => (string) ( $data['provider_id'] ?? '' ),
				'years'       => (int) ( $data['years'] ?? 0 ),
				'expiry_date' => isset( $data['expiry_date'] ) ? (string) $data['expiry_date'] : null,
				'customer_id' => (int) ( $data['customer_id'] ?? 0 ) ?: null,
				'payment_id'  => is_object( $payment ) ? (int) $payment->get_id() ?: null : null,
			) + $more
		);
	}
}
