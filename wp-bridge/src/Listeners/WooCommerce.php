<?php
/**
 * Shops: orders, customers and products of WooCommerce, and of its Subscriptions.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Listeners;

use Sidehook\Payload;
use Sidehook\Recorder;

final class WooCommerce {

	/** The block checkout keeps a draft while somebody fills it in. */
	private const DRAFTS = array( 'checkout-draft', 'auto-draft' );

	public function __construct( private readonly Recorder $recorder ) {}

	/** The classic checkout adds what was ordered afterwards: told at the end of the request. */
	public function order_created( int $order_id ): void {
		$order = wc_get_order( $order_id );
		if ( is_object( $order ) && ! in_array( $order->get_status(), self::DRAFTS, true ) ) {
			$this->keep_created( $order_id );
		}
	}

	public function order_status( int $order_id, mixed $old_status, mixed $status ): void {
		if ( in_array( $old_status, self::DRAFTS, true ) ) {
			$this->keep_created( $order_id );
			return;
		}
		$this->order(
			'woo_order_status_changed',
			$order_id,
			array(
				'old_status' => (string) $old_status,
				'new_status' => (string) $status,
			)
		);
	}

	public function order_paid( int $order_id ): void {
		$this->order( 'woo_order_paid', $order_id );
	}

	public function order_refunded( int $order_id, int $refund_id ): void {
		$refund = wc_get_order( $refund_id );
		$this->order(
			'woo_order_refunded',
			$order_id,
			array(
				'refund_id'    => $refund_id,
				'refund_total' => self::decimal( is_object( $refund ) ? $refund->get_amount() : 0 ),
			)
		);
	}

	public function customer_created( int $user_id ): void {
		$user = get_userdata( $user_id );
		if ( false !== $user ) {
			$this->recorder->record( 'woo_customer_created', fn (): array => Payload::user( $user ) );
		}
	}

	public function product_created( int $product_id ): void {
		$this->recorder->record(
			'woo_product_created',
			function () use ( $product_id ): array {
				$product = wc_get_product( $product_id );
				return self::describe_product( $product_id ) + array(
					'sku'    => $product->get_sku() ?: null,
					'price'  => '' === (string) $product->get_price() ? null : self::decimal( $product->get_price() ),
					'status' => (string) $product->get_status(),
				);
			}
		);
	}

	/** Fires several times when a product is saved. */
	public function product_updated( int $product_id ): void {
		$key = 'woo_product_updated ' . get_current_blog_id() . ' ' . $product_id;
		$this->recorder->coalesce( $key, 'woo_product_updated', self::later( fn (): ?array => wc_get_product( $product_id ) ? self::describe_product( $product_id ) : null ) );
	}

	public function stock_low( object $product ): void {
		$this->recorder->record(
			'woo_stock_low',
			array(
				'site_id'    => get_current_blog_id(),
				'product_id' => (int) $product->get_id(),
				'stock'      => (int) $product->get_stock_quantity(),
			)
		);
	}

	public function stock_none( object $product ): void {
		$this->recorder->record(
			'woo_stock_none',
			array(
				'site_id'    => get_current_blog_id(),
				'product_id' => (int) $product->get_id(),
			)
		);
	}

	public function subscription_status( object $subscription, mixed $status, mixed $old_status ): void {
		$this->recorder->record(
			'woo_subscription_status_changed',
			array(
				'site_id'         => get_current_blog_id(),
				'subscription_id' => (int) $subscription->get_id(),
				'old_status'      => (string) $old_status,
				'new_status'      => (string) $status,
			)
		);
	}

	private function keep_created( int $order_id ): void {
		$this->recorder->coalesce( self::key( $order_id ), 'woo_order_created', self::later( fn (): ?array => wc_get_order( $order_id ) ? self::describe_order( $order_id ) : null ) );
	}

	/** @param array<string, string|int> $more */
	private function order( string $type, int $order_id, array $more = array() ): void {
		$this->recorder->coalescer()->release( self::key( $order_id ) );
		$this->recorder->record( $type, fn (): array => self::describe_order( $order_id ) + $more );
	}

	/** Orders and products are found on their own site only, and may be gone by then. */
	private static function later( \Closure $describe ): \Closure {
		$site_id = get_current_blog_id();
		return static function () use ( $describe, $site_id ): ?array {
			switch_to_blog( $site_id );
			try {
				return $describe();
			} finally {
				restore_current_blog();
			}
		};
	}

	/** @return array<string, mixed> */
	private static function describe_order( int $order_id ): array {
		$order = wc_get_order( $order_id );
		return array(
			'site_id'        => get_current_blog_id(),
			'order_id'       => $order_id,
			'number'         => (string) $order->get_order_number(),
			'status'         => (string) $order->get_status(),
			'currency'       => (string) $order->get_currency(),
			'total'          => self::decimal( $order->get_total() ),
			'customer_id'    => (int) $order->get_customer_id() ?: null,
			'billing_email'  => $order->get_billing_email() ?: null,
			'payment_method' => $order->get_payment_method() ?: null,
			'items'          => array_values( array_map( self::describe_item( ... ), $order->get_items() ) ),
		);
	}

	/** @return array<string, mixed> */
	private static function describe_item( object $item ): array {
		return array(
			'name'       => (string) $item->get_name(),
			'product_id' => (int) $item->get_product_id(),
			'quantity'   => (int) $item->get_quantity(),
			'total'      => self::decimal( $item->get_total() ),
		);
	}

	/** @return array<string, mixed> */
	private static function describe_product( int $product_id ): array {
		return array(
			'site_id'    => get_current_blog_id(),
			'product_id' => $product_id,
			'name'       => (string) wc_get_product( $product_id )->get_name(),
		);
	}

	private static function decimal( mixed $amount ): string {
		return (string) wc_format_decimal( $amount, wc_get_price_decimals() );
	}

	private static function key( int $order_id ): string {
		return 'woo_order_created ' . get_current_blog_id() . " $order_id";
	}
}
