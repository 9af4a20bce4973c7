<?php
/** Models that announce what happens to them. Rows live as long as the request. */

declare( strict_types=1 );

namespace WP_Ultimo\Models;

abstract class Base_Model {

	/** Columns whose change is announced. */
	protected const TRANSITIONS = array();

	/** Columns that come back from the database with four decimals. */
	protected const DECIMALS = array();

	public string $model = '';

	/** @var array<class-string, array<int, array<string, mixed>>> */
	private static array $rows = array();

	protected mixed $id = 0;

	public function __construct( protected array $data = array() ) {}

	/** Read back, ids and numbers are texts. */
	public static function find( string $class, int $id ): static|false {
		$row = self::$rows[ $class ][ $id ] ?? null;
		if ( null === $row ) {
			return false;
		}
		foreach ( $row as $name => $value ) {
			$row[ $name ] = match ( true ) {
				in_array( $name, $class::DECIMALS, true ) => sprintf( '%.4f', $value ),
				is_int( $value ) => (string) $value,
				default => $value,
			};
		}
		$found     = new $class( $row );
		$found->id = (string) $id;
		return $found;
	}

	public function __get( string $name ): mixed {
		return $this->data[ $name ] ?? null;
	}

	public function set( string $name, mixed $value ): static {
		$this->data[ $name ] = $value;
		return $this;
	}

	public function get_id(): mixed {
		return $this->id;
	}

	public function save() {
		$is_new = ! $this->id;
		$before = $is_new ? array() : self::$rows[ static::class ][ (int) $this->id ];
		$id     = $is_new ? 1 + count( self::$rows[ static::class ] ?? array() ) : (int) $this->id;

		self::$rows[ static::class ][ $id ] = $this->data;
		$this->id = $is_new ? $id : $this->id;
		foreach ( static::TRANSITIONS as $column ) {
			$old = $is_new ? 'new' : $before[ $column ] ?? '';
			if ( (string) $old !== (string) ( $this->data[ $column ] ?? '' ) ) {
				do_action( "wu_transition_{$this->model}_$column", $old, $this->data[ $column ] ?? '', $id );
			}
		}
		do_action( 'wu_model_post_save', $this->model, $this->data, $this->data, $this );
		do_action( "wu_{$this->model}_post_save", $this->data, $this, $is_new );
		return true;
	}

	public function delete() {
		do_action( "wu_{$this->model}_pre_delete", $this );
		unset( self::$rows[ static::class ][ (int) $this->id ] );
		do_action( "wu_{$this->model}_post_delete", true, $this );
		return true;
	}

	/** Somebody deletes the row by other means. */
	public function vanish(): void {
		unset( self::$rows[ static::class ][ (int) $this->id ] );
	}

	/** What it is called in links and on invoices. */
	public function get_hash(): string {
		return strtoupper( substr( md5( "{$this->model} {$this->id}" ), 0, 10 ) );
	}

	public function get_customer_id(): int {
		return (int) $this->customer_id;
	}

	public function get_customer() {
		return wu_get_customer( $this->get_customer_id() );
	}

	public function get_billing_address(): object {
		$address = $this->billing_address ?? array();
		return new class( $address ) {
			public function __construct( private array $address ) {}

			public function to_array(): array {
				return $this->address;
			}
		};
	}
}

final class Customer extends Base_Model {
	protected const TRANSITIONS = array( 'email_verification' );
	public string $model        = 'customer';
}

final class Product extends Base_Model {
	public string $model = 'product';
}

final class Membership extends Base_Model {
	protected const TRANSITIONS = array( 'status', 'plan_id' );
	public string $model        = 'membership';

	public function get_cancellation_reason() {
		return $this->cancellation_reason;
	}

	public function cancel( string $reason = '' ): void {
		$this->set( 'status', 'cancelled' )->set( 'cancellation_reason', $reason )->save();
		do_action( 'wu_membership_post_cancel', $this->get_id(), $this );
	}

	public function renew( bool $auto_renew, string $status, string $expiration ): bool {
		$this->set( 'date_expiration', $expiration )->set( 'status', $status )->save();
		do_action( 'wu_membership_post_renew', $expiration, $this->get_id(), $this );
		return true;
	}
}

final class Payment extends Base_Model {
	protected const TRANSITIONS = array( 'status' );
	protected const DECIMALS    = array( 'subtotal', 'tax_total', 'total' );
	public string $model        = 'payment';

	public function get_membership_id() {
		return $this->membership_id;
	}

	public function get_membership() {
		return wu_get_membership( (int) $this->membership_id );
	}

	public function get_refund_total(): float {
		return (float) $this->refund_total;
	}
}

final class Domain extends Base_Model {
	protected const TRANSITIONS = array( 'stage' );
	public string $model        = 'domain';

	public function save() {
		$is_new = ! $this->id;
		parent::save();
		if ( $is_new ) {
			do_action( 'wu_domain_added', $this->domain, $this->blog_id );
		}
		if ( $is_new && $this->primary_domain ) {
			do_action( 'wu_domain_became_primary', $this, $this->blog_id, $is_new );
		}
		return true;
	}

	public function delete() {
		parent::delete();
		do_action( 'wu_domain_removed', $this->domain, $this->blog_id );
		return true;
	}
}

/** Its row is WordPress's own, and the model knows its id only after it has told of itself. */
final class Site extends Base_Model {
	public string $model = 'site';

	public function save() {
		$site_id = wpmu_create_blog( DOMAIN_CURRENT_SITE, $this->path, $this->title, 1, array(), get_current_network_id() );
		do_action( 'wu_site_created', $this->data, $this );
		$this->id = $site_id;
		update_blog_option( $site_id, 'blogdescription', (string) $this->description );
		do_action( 'wu_site_post_save', $this->data, $this, true );
		return $site_id;
	}

	public function delete() {
		do_action( 'wu_site_pre_delete', $this );
		$result = (bool) wp_delete_site( (int) $this->id );
		do_action( 'wu_site_post_delete', $result, $this );
		return $result;
	}
}

final class Event extends Base_Model {
	public string $model = 'event';

	public function get_slug() {
		return $this->slug;
	}

	public function get_object_type() {
		return $this->object_type;
	}

	public function get_payload() {
		return $this->payload;
	}
}
