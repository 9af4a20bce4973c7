<?php
/**
 * Plugins, themes, updates and mails.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Listeners;

use Sidehook\Recorder;

final class Maintenance {

	public function __construct( private readonly Recorder $recorder ) {}

	/** That the bridge itself was switched on is no news to whoever hears from it. */
	public function plugin_activated( mixed $plugin, mixed $is_network_wide ): void {
		if ( plugin_basename( dirname( __DIR__, 2 ) . '/sidehook.php' ) !== $plugin ) {
			$this->plugin( 'wp_plugin_activated', $plugin, $is_network_wide );
		}
	}

	public function plugin_deactivated( mixed $plugin, mixed $is_network_wide ): void {
		$this->plugin( 'wp_plugin_deactivated', $plugin, $is_network_wide );
	}

	public function plugin_deleted( mixed $plugin, mixed $is_deleted ): void {
		if ( $is_deleted ) {
			$this->recorder->record( 'wp_plugin_deleted', array( 'plugin' => (string) $plugin ) );
		}
	}

	public function theme_switched( mixed $name, \WP_Theme $theme, mixed $old_theme ): void {
		$this->recorder->record(
			'wp_theme_switched',
			array(
				'site_id'   => get_current_blog_id(),
				'theme'     => $theme->get_stylesheet(),
				'old_theme' => $old_theme instanceof \WP_Theme ? $old_theme->get_stylesheet() : '',
			)
		);
	}

	/**
	 * Also fires after a failure, which only an upgrade of a single item owns up to.
	 *
	 * @param array<string, mixed> $extra What the upgrader was asked to do.
	 */
	public function upgraded( object $upgrader, array $extra ): void {
		$type      = (string) ( $extra['type'] ?? '' );
		$is_failed = empty( $extra['bulk'] ) && is_wp_error( $upgrader->result ?? null );
		if ( '' !== $type && ! $is_failed && $this->recorder->may_record( 'wp_updates_installed' ) ) {
			$this->updates( (string) ( $extra['action'] ?? 'update' ), $type, self::list_items( $upgrader, $type, $extra ) );
		}
	}

	/**
	 * The upgraders have told of most of it already.
	 *
	 * @param array<string, list<object>> $results By type, each with `item` and `result`.
	 */
	public function upgraded_by_itself( array $results ): void {
		foreach ( $results as $type => $updates ) {
			$items = array();
			foreach ( $updates as $update ) {
				if ( true === $update->result || ( $update->result && ! is_wp_error( $update->result ) ) ) {
					$items[] = self::item( self::slug_of( $update->item ), $update->item->new_version ?? $update->item->version ?? $update->item->current ?? '' );
				}
			}
			$this->updates( 'update', (string) $type, $items );
		}
	}

	/** Before core's own listener at 10, which may redirect. */
	public function core_updated( mixed $version ): void {
		$this->recorder->record( 'wp_core_updated', array( 'version' => (string) $version ) );
	}

	/** What the mail says is nobody's business. */
	public function mail_failed( \WP_Error $error ): void {
		$data = $error->get_error_data();
		$this->recorder->record_limited(
			'wp_mail_failed',
			array(
				'site_id' => get_current_blog_id(),
				'message' => $error->get_error_message(),
				'subject' => is_array( $data ) ? (string) ( $data['subject'] ?? '' ) : '',
			)
		);
	}

	private function plugin( string $type, mixed $plugin, mixed $is_network_wide ): void {
		$this->recorder->record(
			$type,
			array(
				'site_id'      => get_current_blog_id(),
				'plugin'       => (string) $plugin,
				'network_wide' => (bool) $is_network_wide,
			)
		);
	}

	/** @param list<array{slug: string, version: string}> $items */
	private function updates( string $action, string $type, array $items ): void {
		$new = array_filter( $items, fn ( array $item ): bool => $this->recorder->told()->is_first( "wp_updates_installed $type", implode( ' ', $item ) ) );
		if ( array() !== $new ) {
			$this->recorder->record(
				'wp_updates_installed',
				array(
					'action' => $action,
					'type'   => $type,
					'items'  => array_values( $new ),
				)
			);
		}
	}

	/**
	 * @param array<string, mixed> $extra
	 * @return list<array{slug: string, version: string}>
	 */
	private static function list_items( object $upgrader, string $type, array $extra ): array {
		return match ( $type ) {
			'plugin' => array_map( self::plugin_item( ... ), self::names( $extra, 'plugin', $upgrader instanceof \Plugin_Upgrader ? $upgrader->plugin_info() : false ) ),
			'theme' => array_map( self::theme_item( ... ), self::names( $extra, 'theme', $upgrader instanceof \Theme_Upgrader ? $upgrader->result['destination_name'] ?? false : false ) ),
			'translation' => array_map( static fn ( array $item ): array => self::item( "{$item['slug']}-{$item['language']}", $item['version'] ), array_values( $extra['translations'] ?? array() ) ),
			'core' => array( self::item( 'wordpress', self::read_core_version() ) ),
			default => array(),
		};
	}

	/**
	 * @param array<string, mixed> $extra
	 * @return list<string>
	 */
	private static function names( array $extra, string $type, mixed $installed ): array {
		return array_values( array_filter( (array) ( $extra[ "{$type}s" ] ?? $extra[ $type ] ?? $installed ) ) );
	}

	/** @return array{slug: string, version: string} */
	private static function plugin_item( string $file ): array {
		$path = WP_PLUGIN_DIR . "/$file";
		$data = is_readable( $path ) ? get_file_data( $path, array( 'version' => 'Version' ), 'plugin' ) : array( 'version' => '' );
		return self::item( '.' === dirname( $file ) ? basename( $file, '.php' ) : dirname( $file ), $data['version'] );
	}

	/** @return array{slug: string, version: string} */
	private static function theme_item( string $folder ): array {
		return self::item( $folder, wp_get_theme( $folder )->get( 'Version' ) );
	}

	/** @return array{slug: string, version: string} */
	private static function item( string $slug, mixed $version ): array {
		return array(
			'slug'    => $slug,
			'version' => (string) $version,
		);
	}

	private static function slug_of( object $item ): string {
		return match ( true ) {
			isset( $item->language ) => "{$item->slug}-{$item->language}",
			default => (string) ( $item->slug ?? $item->theme ?? 'wordpress' ),
		};
	}

	/** The one that runs is still the old one. */
	private static function read_core_version(): string {
		preg_match( '/\$wp_version = \'([^\']+)\'/', (string) file_get_contents( ABSPATH . WPINC . '/version.php' ), $found );
		return $found[1] ?? '';
	}
}
