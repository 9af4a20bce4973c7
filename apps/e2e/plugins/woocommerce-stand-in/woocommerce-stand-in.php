<?php
/**
 * Plugin Name: WooCommerce Stand-in
 * Description: For tests: fires what WooCommerce and its Subscriptions fire, with the same names, functions and argument orders. Orders and products live as long as the request.
 */

declare( strict_types=1 );

/** Orders, refunds, products and subscriptions are posts there, with one sequence of ids. */
final class WC_Stand_In_Store {

	/** @var array<int, object> */
	private static array $objects = array();

	public static function add( object $thing ): int {
		self::$objects[] = $thing;
		return count( self::$objects ) + 100;
	}

	public static function find( int $id ): object|false {
		return self::$objects[ $id - 101 ] ?? false;
	}
}

abstract class WC_Data {

	protected int $id = 0;

	public function __construct( protected array $data = array() ) {}

	public function get_id(): int {
		return $this->id;
	}

	/** `get_status()` and all its sisters. */
	public function __call( string $name, array $arguments ): mixed {
		return $this->data[ substr( $name, strlen( 'get_' ) ) ] ?? '';
	}

	public function set( string $name, mixed $value ): static {
		$this->data[ $name ] = $value;
		return $this;
	}
}

class WC_Order extends WC_Data {

	private string $saved_status = '';

	public function get_order_number(): string {
		return (string) $this->id;
	}

	public function get_items(): array {
		return $this->data['items'] ?? array();
	}

	public function add_item( WC_Order_Item_Product $item ): void {
		$this->data['items'][] = $item;
	}

	public function save(): int {
		if ( 0 === $this->id ) {
			$this->id = WC_Stand_In_Store::add( $this );
			do_action( 'woocommerce_new_order', $this->id, $this );
		} elseif ( $this->saved_status !== $this->data['status'] ) {
			do_action( 'woocommerce_order_status_changed', $this->id, $this->saved_status, $this->data['status'], $this );
		}
		$this->saved_status = $this->data['status'];
		return $this->id;
	}

	public function update_status( string $status ): bool {
		$this->set( 'status', $status )->save();
		return true;
	}

	public function payment_complete( string $transaction_id = '' ): bool {
		$this->update_status( 'processing' );
		do_action( 'woocommerce_payment_complete', $this->id, $transaction_id );
		return true;
	}
}

final class WC_Order_Item_Product extends WC_Data {}

final class WC_Order_Refund extends WC_Data {

	public function save(): int {
		return $this->id = $this->id ?: WC_Stand_In_Store::add( $this );
	}
}

final class WC_Product extends WC_Data {

	/** The update fires twice, as it does there. */
	public function save(): int {
		if ( 0 === $this->id ) {
			$this->id = WC_Stand_In_Store::add( $this );
			do_action( 'woocommerce_new_product', $this->id, $this );
		} else {
			do_action( 'woocommerce_update_product', $this->id, $this );
			do_action( 'woocommerce_update_product', $this->id, $this );
		}
		return $this->id;
	}
}

final class WC_Subscription extends WC_Order {

	public function update_status( string $status ): bool {
		$old_status = $this->data['status'];
		$this->data['status'] = $status;
		do_action( 'woocommerce_subscription_status_updated', $this, $status, $old_status );
		return true;
	}

	public function save(): int {
		return $this->id = $this->id ?: WC_Stand_In_Store::add( $this );
	}
}

function wc_get_order( int $id ): object|false {
	return WC_Stand_In_Store::find( $id );
}

function wc_get_product( int $id ): object|false {
	return WC_Stand_In_Store::find( $id );
}

function wc_get_price_decimals(): int {
	return 2;
}

function wc_format_decimal( mixed $number, int $decimals ): string {
	return number_format( (float) $number, $decimals, '.', '' );
}

/** @param array{order_id: int, amount: string} $arguments */
function wc_create_refund( array $arguments ): WC_Order_Refund {
	$refund = new WC_Order_Refund( array( 'amount' => $arguments['amount'] ) );
	$refund->save();
	do_action( 'woocommerce_order_refunded', $arguments['order_id'], $refund->get_id() );
	return $refund;
}

function wc_create_new_customer( string $email, string $username, string $password ): int {
	$data = array(
		'user_login' => $username,
		'user_pass'  => $password,
		'user_email' => $email,
		'role'       => 'subscriber',
	);
	$id   = wp_insert_user( $data );
	do_action( 'woocommerce_created_customer', $id, $data, false );
	return $id;
}

/** As it does after the stock of an order was reduced. */
function wc_update_product_stock( WC_Product $product, int $stock ): void {
	$product->set( 'stock_quantity', $stock );
	do_action( 0 === $stock ? 'woocommerce_no_stock' : 'woocommerce_low_stock', $product );
}
