<?php
/**
 * Payloads of Ultimate Multisite's models, made with its own functions.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

/**
 * Its own dispatcher invents a customer ("John McMocked") where there is none, and ends with an error for a payment
 * without a membership. Here what no longer exists is null, and named in `missing`.
 */
final class ModelPayload {

	private const MEMBERSHIP = array(
		'membership_id',
		'membership_status',
		'membership_reference_code',
		'membership_initial_amount',
		'membership_initial_amount_raw',
		'membership_amount',
		'membership_amount_raw',
		'membership_currency',
		'membership_description',
		'membership_gateway',
		'membership_date_expiration',
		'membership_manage_url',
	);

	private const CUSTOMER = array(
		'customer_id',
		'customer_name',
		'customer_user_id',
		'customer_user_email',
		'customer_email_verification',
		'customer_avatar',
		'customer_billing_address',
		'customer_manage_url',
	);

	private const ADDRESS = array(
		'company_name',
		'billing_email',
		'billing_address_line_1',
		'billing_address_line_2',
		'billing_country',
		'billing_state',
		'billing_city',
		'billing_zip_code',
	);

	/** @return array<string, mixed> What it sends about the model alone: a payment, membership, customer, site or domain. */
	public static function of( string $model, object $object ): array {
		return wu_generate_event_payload( $model, $object );
	}

	/** @return array<string, mixed> */
	public static function of_customer( object $customer ): array {
		return self::of( 'customer', $customer ) + self::address( $customer ) + self::version();
	}

	/** @return array<string, mixed> */
	public static function of_membership( object $membership ): array {
		$customer = $membership->get_customer() ?: null;
		return self::of( 'membership', $membership )
			+ self::related( 'customer', $customer )
			+ self::address( $membership )
			+ self::missing( array( 'customer' => $customer ) )
			+ self::version();
	}

	/**
	 * A payment can be an invoice for something else: then it never had a membership, and nothing is said about one.
	 *
	 * @return array<string, mixed>
	 */
	public static function of_payment( object $payment ): array {
		$related = array_filter(
			array(
				'membership' => $payment->get_membership_id() ? fn (): ?object => $payment->get_membership() ?: null : null,
				'customer'   => $payment->get_customer_id() ? fn (): ?object => $payment->get_customer() ?: null : null,
			)
		);
		$related = array_map( static fn ( \Closure $find ): ?object => $find(), $related );
		$payload = self::of( 'payment', $payment );
		foreach ( $related as $model => $object ) {
			$payload += self::related( $model, $object );
		}
		return $payload + self::address( $related['membership'] ?? $related['customer'] ?? null ) + self::missing( $related ) + self::version();
	}

	/** @return array<string, mixed> */
	private static function related( string $model, ?object $object ): array {
		return null === $object ? array_fill_keys( 'customer' === $model ? self::CUSTOMER : self::MEMBERSHIP, null ) : self::of( $model, $object );
	}

	/** @return array<string, string> The parts that are filled in. */
	private static function address( ?object $owner ): array {
		$address = $owner?->get_billing_address()->to_array() ?? array();
		return array_filter(
			array_intersect_key( array_replace( array_flip( self::ADDRESS ), $address ), $address ),
			static fn ( mixed $part ): bool => is_string( $part ) && '' !== $part
		);
	}

	/**
	 * @param array<string, ?object> $related
	 * @return array{missing?: list<string>}
	 */
	private static function missing( array $related ): array {
		$missing = array_keys( array_filter( $related, is_null( ... ) ) );
		return array() === $missing ? array() : array( 'missing' => $missing );
	}

	/** @return array{wu_version: string} */
	private static function version(): array {
		return array( 'wu_version' => (string) wu_get_version() );
	}
}
