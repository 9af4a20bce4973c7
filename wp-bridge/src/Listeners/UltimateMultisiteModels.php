<?php
/**
 * Customers, memberships, payments and products of Ultimate Multisite, as its models tell of them.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Listeners;

use Sidehook\ModelPayload;
use Sidehook\Payload;
use Sidehook\Recorder;

final class UltimateMultisiteModels {

	public function __construct( private readonly Recorder $recorder ) {}

	public function customer_saved( mixed $data, object $customer, mixed $is_new ): void {
		$this->saved( 'customer', $customer, (bool) $is_new, static fn (): array => ModelPayload::of_customer( $customer ) );
	}

	public function membership_saved( mixed $data, object $membership, mixed $is_new ): void {
		$this->saved( 'membership', $membership, (bool) $is_new, static fn (): array => ModelPayload::of_membership( $membership ) );
	}

	public function payment_saved( mixed $data, object $payment, mixed $is_new ): void {
		$this->saved( 'payment', $payment, (bool) $is_new, static fn (): array => ModelPayload::of_payment( $payment ) );
	}

	public function customer_deleted( mixed $result, object $customer ): void {
		$this->deleted( 'customer', $result, $customer );
	}

	public function membership_deleted( mixed $result, object $membership ): void {
		$this->deleted( 'membership', $result, $membership );
	}

	public function payment_deleted( mixed $result, object $payment ): void {
		$this->deleted( 'payment', $result, $payment );
	}

	public function product_deleted( mixed $result, object $product ): void {
		$this->deleted( 'product', $result, $product );
	}

	/** Who is verified from the beginning has confirmed nothing. */
	public function customer_verified( mixed $before, mixed $now, int $customer_id ): void {
		if ( 'verified' === $now && 'new' !== $before && $before !== $now ) {
			$this->recorder->record( 'customer_verified', array( 'customer_id' => $customer_id ) );
		}
	}

	public function membership_status( mixed $before, mixed $now, int $membership_id ): void {
		$this->recorder->record(
			'membership_status_changed',
			fn (): array => self::describe( $membership_id, wu_get_membership( $membership_id ) ?: null ) + array(
				'old_status' => (string) $before,
				'new_status' => (string) $now,
			)
		);
	}

	/** The first plan of a new membership is no change. */
	public function membership_plan( mixed $before, mixed $now, int $membership_id ): void {
		if ( 'new' !== $before && (int) $before !== (int) $now ) {
			$this->recorder->record(
				'membership_plan_changed',
				fn (): array => self::describe( $membership_id, wu_get_membership( $membership_id ) ?: null ) + array(
					'old_plan_id' => (int) $before ?: null,
					'new_plan_id' => (int) $now,
				)
			);
		}
	}

	public function membership_cancelled( int $membership_id, object $membership ): void {
		$this->recorder->record(
			'membership_cancelled',
			fn (): array => self::describe( $membership_id, $membership ) + array( 'cancellation_reason' => (string) $membership->get_cancellation_reason() ?: null )
		);
	}

	public function membership_renewed( mixed $expiration, int $membership_id, object $membership ): void {
		$this->recorder->record(
			'membership_renewed',
			fn (): array => self::describe( $membership_id, $membership ) + array( 'date_expiration' => self::time( $expiration ) )
		);
	}

	public function gateway_status( object $membership, mixed $status, mixed $before ): void {
		$this->recorder->record(
			'subscription_status_changed',
			fn (): array => self::describe( (int) $membership->get_id(), $membership ) + array(
				'gateway_status'          => (string) $status,
				'previous_gateway_status' => (string) $before,
			)
		);
	}

	public function payment_status( mixed $before, mixed $now, int $payment_id ): void {
		$this->recorder->record(
			'payment_status_changed',
			array(
				'payment_id' => $payment_id,
				'old_status' => (string) $before,
				'new_status' => (string) $now,
			)
		);
		if ( in_array( $now, array( 'refunded', 'partially-refunded' ), true ) ) {
			$this->refunded( $payment_id, 'refunded' === $now );
		}
	}

	private function refunded( int $payment_id, bool $is_full ): void {
		$payment = $this->recorder->may_record( 'payment_refunded' ) ? wu_get_payment( $payment_id ) : false;
		if ( is_object( $payment ) ) {
			$this->recorder->record(
				'payment_refunded',
				array(
					'payment_id'   => $payment_id,
					'refund_total' => number_format( (float) $payment->get_refund_total(), 2, '.', '' ),
					'full'         => $is_full,
				)
			);
		}
	}

	/** The hook also fires after an INSERT that failed, and for saves that Ultimate Multisite has told of itself. */
	private function saved( string $model, object $object, bool $is_new, \Closure $payload ): void {
		$id   = (int) $object->get_id();
		$type = $model . ( $is_new ? '_created' : '_updated' );
		if ( 0 === $id || $this->recorder->told()->is_repeated( $type, array( $id ), "wu_{$model}_post_save" ) ) {
			return;
		}
		$is_new ? $this->recorder->record( $type, $payload ) : $this->recorder->coalesce( "$type $id", $type, $payload );
	}

	private function deleted( string $model, mixed $result, object $object ): void {
		if ( $result && ! is_wp_error( $result ) ) {
			$this->recorder->coalescer()->forget( "{$model}_updated {$object->get_id()}" );
			$this->recorder->record( "{$model}_deleted", array( "{$model}_id" => (int) $object->get_id() ) );
		}
	}

	/** Null for a membership that never ends. */
	private static function time( mixed $datetime ): ?string {
		$time = is_string( $datetime ) && ! str_starts_with( $datetime, '0000' ) ? strtotime( "$datetime UTC" ) : false;
		return false === $time ? null : Payload::time( gmdate( 'Y-m-d H:i:s', $time ) );
	}

	/** @return array{membership_id: int, customer_id: ?int} */
	private static function describe( int $membership_id, ?object $membership ): array {
		return array(
			'membership_id' => $membership_id,
			'customer_id'   => (int) $membership?->get_customer_id() ?: null,
		);
	}
}
