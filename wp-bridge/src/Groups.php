<?php
/**
 * The groups of event types, and which of them the network admin has switched off.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class Groups {

	private const OPTION = 'sidehook_groups_off';

	/** @var ?array<string, string> Event type => group. */
	private ?array $group_of = null;

	/** Event types that are not in the catalog belong to no group: they are somebody's own. */
	public function is_on( string $type ): bool {
		$off = $this->list_off();
		return array() === $off || ! in_array( $this->of( $type ), $off, true );
	}

	/** The group of an event type; empty for one that is not in the catalog. */
	public function of( string $type ): string {
		return $this->read_catalog()[ $type ] ?? '';
	}

	/** @return list<string> */
	public function list_off(): array {
		$off = Options::get( self::OPTION );
		return is_array( $off ) ? $off : array();
	}

	/** @param list<string> $on All others are switched off. */
	public function switch_on( array $on ): void {
		$off = array_values( array_diff( array_keys( self::names() ), $on ) );
		array() === $off ? delete_network_option( null, self::OPTION ) : update_network_option( null, self::OPTION, $off );
	}

	/** @return array<string, string> Group => what people call it. */
	public static function names(): array {
		return array(
			'payments'         => __( 'Payments', 'sidehook' ),
			'memberships'      => __( 'Memberships', 'sidehook' ),
			'customers'        => __( 'Customers', 'sidehook' ),
			'products'         => __( 'Products', 'sidehook' ),
			'sites'            => __( 'Sites', 'sidehook' ),
			'domains'          => __( 'Domains', 'sidehook' ),
			'checkout'         => __( 'Checkout', 'sidehook' ),
			'subsite-activity' => __( 'Subsite Activity', 'sidehook' ),
			'users'            => __( 'Users', 'sidehook' ),
			'signups'          => __( 'Sign-ups', 'sidehook' ),
			'content'          => __( 'Content', 'sidehook' ),
			'woocommerce'      => __( 'WooCommerce', 'sidehook' ),
			'security'         => __( 'Security', 'sidehook' ),
			'privacy'          => __( 'Privacy', 'sidehook' ),
			'maintenance'      => __( 'Maintenance', 'sidehook' ),
			'networks'         => __( 'Networks', 'sidehook' ),
			'multi-tenancy'    => __( 'Multi-Tenancy', 'sidehook' ),
		);
	}

	/** @return array<string, string> Read only where a group is switched off, or the outbox is full. */
	private function read_catalog(): array {
		return $this->group_of ??= array_column( (array) wp_json_file_decode( dirname( __DIR__ ) . '/events.json', array( 'associative' => true ) ), 'group', 'type' );
	}
}
