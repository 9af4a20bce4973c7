<?php
/**
 * Reads Ultimate Multisite's table of webhooks.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Takeover;

use Sidehook\Table;

/** The table and not its functions: those answer a hundred webhooks, and other plugins filter what they answer. */
final class Originals {

	private const PAGE = 500;

	public function __construct( private readonly Table $outbox_table ) {}

	/** Whether it runs here and would send. */
	public static function are_sent(): bool {
		return class_exists( 'WP_Ultimo\Managers\Webhook_Manager' );
	}

	/** Other networks than the main one have tables of their own. */
	public static function table(): string {
		global $wpdb;
		return $wpdb->base_prefix . self::prefix() . 'webhooks';
	}

	/** Filtered whenever it lists webhooks. */
	public static function filter_name(): string {
		return self::prefix() . 'the_webhooks';
	}

	/**
	 * All of them, the oldest first.
	 *
	 * @return list<Original>
	 * @throws \RuntimeException When the table cannot be read: no webhooks is another answer than none that can be seen.
	 */
	public function list_all(): array {
		$all = array();
		do {
			$page = $this->read( 'id > %d ORDER BY id LIMIT %d', array( array() === $all ? 0 : end( $all )->id, self::PAGE ) );
			$all  = array_merge( $all, $page );
		} while ( count( $page ) === self::PAGE );
		return $all;
	}

	/**
	 * @param non-empty-list<int> $ids
	 * @return list<Original> Those that exist.
	 */
	public function find( array $ids ): array {
		return $this->read( 'id IN (' . implode( ',', array_fill( 0, count( $ids ), '%d' ) ) . ') ORDER BY id', $ids );
	}

	/**
	 * Adds to the counts that its list of webhooks shows. Not by saving its models: a save announces itself to everybody,
	 * and writes back every other column as it was read.
	 *
	 * @param array<int, int> $delivered Id => how many more.
	 */
	public function add_to_counts( array $delivered ): void {
		global $wpdb;
		$table = self::table();
		$this->outbox_table->politely(
			function () use ( $wpdb, $table, $delivered ): void {
				foreach ( $delivered as $id => $more ) {
					$this->outbox_table->run( $wpdb->prepare( "UPDATE $table SET event_count = event_count + %d WHERE id = %d", $more, $id ) );
				}
			}
		);
	}

	/**
	 * @param list<int> $values
	 * @return list<Original>
	 */
	private function read( string $condition, array $values ): array {
		global $wpdb;
		$table = self::table();
		return $this->outbox_table->politely(
			static function () use ( $wpdb, $table, $condition, $values ): array {
				// phpcs:ignore Sidehook.DB.PreparedSql -- a text of this class, with its marks.
				$rows = $wpdb->get_results( $wpdb->prepare( "SELECT id, name, webhook_url, event, event_count, active, integration FROM $table WHERE $condition", $values ) );
				if ( '' !== $wpdb->last_error ) {
					throw new \RuntimeException( "Ultimate Multisite's webhooks cannot be read: {$wpdb->last_error}" );
				}
				return array_map( Original::from( ... ), $rows );
			}
		);
	}

	private static function prefix(): string {
		return is_main_network() ? 'wu_' : 'wu_' . get_current_network_id() . '_';
	}
}
