<?php
/**
 * Which of Ultimate Multisite's webhooks the sidecar has confirmed, and so sends itself.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Takeover;

use Sidehook\Table;

/**
 * There is a row for each webhook the sidecar was told of, also when it has refused: then it has no id there.
 * A row counts only as long as Ultimate Multisite's own row still says the same: a webhook that has been changed since,
 * by whatever means, is Ultimate Multisite's again until the sidecar has confirmed the change.
 */
final class Taken {

	/** More ids than that do not fit into the context of an event, and the sidecar takes no more. */
	private const MAX_IDS = 4000;

	public function __construct( private readonly Table $outbox_table ) {}

	public function name(): string {
		global $wpdb;
		return $wpdb->base_prefix . 'sidehook_taken';
	}

	/** Never while somebody's transaction is open, which CREATE TABLE would commit. */
	public function create(): void {
		global $wpdb;
		$wpdb->query(
			"CREATE TABLE IF NOT EXISTS {$this->name()} (
				network_id BIGINT UNSIGNED NOT NULL,
				webhook_id BIGINT UNSIGNED NOT NULL,
				type VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
				event VARCHAR(191) NOT NULL,
				url VARCHAR(2048) NOT NULL,
				name VARCHAR(200) NOT NULL,
				is_active TINYINT NOT NULL,
				sidecar_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
				problem VARCHAR(500) NULL,
				PRIMARY KEY (network_id, webhook_id),
				KEY type (network_id, type, sidecar_id)
			) ENGINE=InnoDB {$wpdb->get_charset_collate()}"
		);
	}

	/** @return list<string> Event types of which some webhook was taken over. */
	public function list_types(): array {
		global $wpdb;
		return $this->read_column( 'type', $wpdb->prepare( "SELECT DISTINCT type FROM {$this->name()} WHERE network_id = %d AND sidecar_id IS NOT NULL", get_current_network_id() ) );
	}

	/**
	 * The webhooks to which Ultimate Multisite need not send an event of this type, the newest first.
	 *
	 * Compared as bytes: to the database, two URLs that differ in upper and lower case are the same.
	 *
	 * @return list<int>
	 */
	public function list_ids( string $type ): array {
		global $wpdb;
		$originals = Originals::table();
		$ids       = $this->read_column(
			'webhook_id',
			$wpdb->prepare(
				"SELECT taken.webhook_id FROM {$this->name()} AS taken JOIN $originals AS original ON original.id = taken.webhook_id
				WHERE taken.network_id = %d AND taken.type = %s AND taken.sidecar_id IS NOT NULL
				AND CAST(original.webhook_url AS BINARY) = CAST(taken.url AS BINARY) AND CAST(original.event AS BINARY) = CAST(taken.event AS BINARY)
				ORDER BY taken.webhook_id DESC LIMIT %d",
				get_current_network_id(),
				$type,
				self::MAX_IDS
			)
		);
		return array_map( intval( ... ), $ids );
	}

	/**
	 * In the middle of somebody's page: what the database does not answer counts as not taken over.
	 *
	 * @return list<string>
	 */
	private function read_column( string $column, string $statement ): array {
		return array_column( $this->outbox_table->read( $statement ) ?? array(), $column );
	}

	/** @return array<int, object> Rows by the ids of the webhooks. */
	public function list_rows(): array {
		global $wpdb;
		return $this->outbox_table->politely(
			fn (): array => array_column(
				$wpdb->get_results( $wpdb->prepare( "SELECT * FROM {$this->name()} WHERE network_id = %d", get_current_network_id() ) ),
				null,
				'webhook_id'
			)
		);
	}

	/** @return array<int, string> Id => why the sidecar does not take it. */
	public function list_problems(): array {
		return array_filter( array_map( static fn ( object $row ): ?string => $row->problem, $this->list_rows() ), is_string( ... ) );
	}

	/** @return list<int> Webhooks to which the sidecar sends, as long as they stay as they are. */
	public function list_confirmed(): array {
		return array_keys( array_filter( $this->list_rows(), static fn ( object $row ): bool => null !== $row->sidecar_id ) );
	}

	/** @param bool $is_active As the sidecar was told. */
	public function confirm( Original $original, bool $is_active, string $sidecar_id ): void {
		$this->write( $original, $is_active, array( $sidecar_id, '' ) );
	}

	/** Ultimate Multisite goes on sending to it. */
	public function refuse( Original $original, bool $is_active, string $problem ): void {
		$this->write( $original, $is_active, array( '', mb_substr( $problem, 0, 500 ) ) );
	}

	/** @param array{string, string} $answer The sidecar's id of it, or why there is none. */
	private function write( Original $original, bool $is_active, array $answer ): void {
		global $wpdb;
		$this->run(
			$wpdb->prepare(
				"REPLACE INTO {$this->name()} (network_id, webhook_id, type, event, url, name, is_active, sidecar_id, problem)
				VALUES (%d, %d, %s, %s, %s, %s, %d, NULLIF(%s, ''), NULLIF(%s, ''))",
				get_current_network_id(),
				$original->id,
				substr( $original->type(), 0, 64 ),
				$original->event,
				$original->url,
				$original->name,
				(int) $is_active,
				...$answer
			)
		);
	}

	/** @param list<int> $ids Of webhooks that are no more. */
	public function forget( array $ids ): void {
		global $wpdb;
		if ( array() !== $ids ) {
			$marks = implode( ',', array_fill( 0, count( $ids ), '%d' ) );
			$this->run( $wpdb->prepare( "DELETE FROM {$this->name()} WHERE network_id = %d AND webhook_id IN ($marks)", get_current_network_id(), ...$ids ) );
		}
	}

	/** Ultimate Multisite sends to all of them again, from the next event on. */
	public function forget_all(): void {
		global $wpdb;
		$this->run( $wpdb->prepare( "DELETE FROM {$this->name()} WHERE network_id = %d", get_current_network_id() ) );
	}

	private function run( string $statement ): void {
		$this->outbox_table->politely( fn () => $this->outbox_table->run( $statement ) );
	}
}
