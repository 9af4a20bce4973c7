<?php
/**
 * Plugin Name: Add-ons Stand-in
 * Description: For tests: fires what WP Multi Network and the add-ons of Ultimate Multisite fire.
 * Network: true
 */

declare( strict_types=1 );

// WP Multi Network.

function add_network( array $arguments ): int {
	global $wpdb;
	$wpdb->insert( $wpdb->site, array( 'domain' => $arguments['domain'], 'path' => $arguments['path'] ) );
	$id = (int) $wpdb->insert_id;
	do_action( 'add_network', $id, $arguments );
	return $id;
}

function update_network( int $id, string $domain, string $path ): bool {
	global $wpdb;
	$wpdb->update( $wpdb->site, array( 'domain' => $domain, 'path' => $path ), array( 'id' => $id ) );
	do_action( 'update_network', $id, array( 'domain' => $domain, 'path' => $path ) );
	return true;
}

function delete_network( int $id ): bool {
	global $wpdb;
	$network = get_network( $id );
	$wpdb->delete( $wpdb->site, array( 'id' => $id ) );
	do_action( 'delete_network', $network );
	return true;
}

function move_site( int $site_id, int $network_id ): int {
	$old_network_id = (int) get_site( $site_id )->network_id;
	wp_update_site( $site_id, array( 'network_id' => $network_id ) );
	do_action( 'move_site', $site_id, $old_network_id, $network_id );
	return $site_id;
}

/** Of the Multinetwork add-on, whose networks are models. */
final class Stand_In_Network {

	public function __construct( private int $id ) {}

	public function get_id(): int {
		return $this->id;
	}
}

/** Of the Multi-Tenancy add-on. */
final class Stand_In_Migration {

	public function __construct( private int $id ) {}

	public function get_id(): int {
		return $this->id;
	}
}
