<?php
/**
 * Keeps a flood, such as somebody trying passwords, from becoming a flood of events.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

/**
 * A row of the outbox in the state `valve` counts what happens in a minute, for all processes. The first events go
 * as they are; of the others the last one goes when the minute is over, with how many they were as `suppressed`.
 */
final class Valve {

	public const PER_MINUTE = 10;

	private const SECONDS = 60;

	public function __construct( private readonly Table $table, private readonly Wanted $wanted ) {}

	/** @param array<string, mixed> $payload What is told of those that do not go through, if this is the last one. */
	public function lets_through( string $type, array $payload ): bool {
		$count = $this->table->politely( fn (): int => $this->count( $type, (string) wp_json_encode( $payload ) ) );
		if ( 1 === $count ) {
			$this->release();
		}
		return $count <= self::PER_MINUTE;
	}

	/** Makes events of what was held back in minutes that are over. */
	public function release(): void {
		global $wpdb;
		$this->table->politely(
			function () use ( $wpdb ): void {
				$rows = $wpdb->get_results(
					$wpdb->prepare(
						"SELECT id, type, attempts, payload FROM {$this->table->name()} WHERE network_id = %d AND state = 'valve' AND available_at <= UTC_TIMESTAMP()",
						get_current_network_id()
					)
				);
				foreach ( $rows as $row ) {
					$attempts   = (int) $row->attempts;
					$suppressed = $this->wanted->has( $row->type ) ? $attempts - self::PER_MINUTE : 0;
					$this->release_row( (int) $row->id, $attempts, $suppressed, $row->payload );
				}
			}
		);
	}

	/** @return int How many they are in this minute, this one included: counted and read in one, as others count too. */
	private function count( string $type, string $payload ): int {
		global $wpdb;
		$rows = $this->table->run(
			$wpdb->prepare(
				"INSERT INTO {$this->table->name()} (network_id, event_id, type, site_id, payload, context, occurred_at, attempts, available_at, state, bytes)
				VALUES (%d, CONCAT(%s, FLOOR(UNIX_TIMESTAMP() / %d)), %s, %d, %s, %s, UTC_TIMESTAMP(6), 1, UTC_TIMESTAMP() + INTERVAL %d SECOND, 'valve', 0)
				ON DUPLICATE KEY UPDATE attempts = LAST_INSERT_ID(attempts + 1), payload = VALUES(payload), context = VALUES(context), site_id = VALUES(site_id)",
				get_current_network_id(),
				'valve_' . get_current_network_id() . '_' . substr( md5( $type ), 0, 16 ) . '_',
				self::SECONDS,
				$type,
				get_current_blog_id(),
				$payload,
				wp_json_encode( Event::context() ),
				self::SECONDS
			)
		);
		return 1 === $rows ? 1 : $wpdb->insert_id;
	}

	/** The conditions let one of several processes do it, and nobody who has not seen the last one. */
	private function release_row( int $id, int $attempts, int $suppressed, string $payload ): void {
		global $wpdb;
		$condition = $wpdb->prepare( "WHERE id = %d AND state = 'valve' AND attempts = %d", $id, $attempts );
		if ( $suppressed <= 0 ) {
			$this->table->run( "DELETE FROM {$this->table->name()} $condition" );
			return;
		}
		$text = (string) wp_json_encode( (array) json_decode( $payload, true ) + array( 'suppressed' => $suppressed ) );
		$this->table->run(
			$wpdb->prepare(
				"UPDATE {$this->table->name()} SET state = 'pending', event_id = %s, payload = %s, bytes = %d, attempts = 0, occurred_at = UTC_TIMESTAMP(6), available_at = UTC_TIMESTAMP() ",
				'evt_' . Event::uuid( microtime( true ) ),
				$text,
				strlen( $text )
			) . $condition
		);
	}
}
