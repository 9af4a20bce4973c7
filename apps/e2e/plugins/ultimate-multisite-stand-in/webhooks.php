<?php
/** Webhooks as the original has them: rows in a table of its own, and models that announce each change. */

declare( strict_types=1 );

namespace WP_Ultimo\Models;

final class Webhook extends Base_Model {

	private const COLUMNS = array( 'name', 'webhook_url', 'event', 'event_count', 'active', 'hidden', 'integration', 'date_created' );

	public string $model = 'webhook';

	/** On other networks than the main one it has tables of their own. */
	public static function prefix(): string {
		return is_main_network() ? 'wu_' : 'wu_' . get_current_network_id() . '_';
	}

	public static function table(): string {
		global $wpdb;
		return $wpdb->base_prefix . self::prefix() . 'webhooks';
	}

	public static function create_table(): void {
		global $wpdb;
		$wpdb->query(
			'CREATE TABLE IF NOT EXISTS ' . self::table() . " (
				id bigint(20) NOT NULL AUTO_INCREMENT,
				migrated_from_id bigint(20) DEFAULT NULL,
				name varchar(191) NOT NULL,
				webhook_url varchar(191) NOT NULL,
				event varchar(40) NOT NULL,
				event_count int(10) DEFAULT 0,
				active tinyint(4) DEFAULT 1,
				hidden tinyint(4) DEFAULT 0,
				integration varchar(191) NOT NULL,
				date_last_failed datetime NOT NULL,
				date_created datetime NULL,
				date_modified datetime NULL,
				PRIMARY KEY (id),
				KEY event (event)
			) {$wpdb->get_charset_collate()}"
		);
	}

	/** @return list<self> The newest first, and no more than a hundred unless asked for. */
	public static function get_all( array $query = array() ): array {
		global $wpdb;
		$query += array(
			'number' => 100,
			'offset' => 0,
			'order'  => 'DESC',
		);
		$order  = 'ASC' === $query['order'] ? 'ASC' : 'DESC';
		$rows   = $wpdb->get_results( $wpdb->prepare( 'SELECT * FROM ' . self::table() . " ORDER BY id $order LIMIT %d OFFSET %d", $query['number'], $query['offset'] ), ARRAY_A );
		$items  = array_map( self::from_row( ... ), $rows );
		return apply_filters_ref_array( self::prefix() . 'the_webhooks', array( $items, &$query ) );
	}

	public static function find_row( int $id ): self|false {
		global $wpdb;
		$row = $wpdb->get_row( $wpdb->prepare( 'SELECT * FROM ' . self::table() . ' WHERE id = %d', $id ), ARRAY_A );
		return null === $row ? false : self::from_row( $row );
	}

	/** Read back, everything is a text. */
	private static function from_row( array $row ): self {
		$webhook     = new self( $row );
		$webhook->id = $row['id'];
		return $webhook;
	}

	public function get_name() {
		return $this->name;
	}

	public function get_webhook_url() {
		return $this->webhook_url;
	}

	public function get_event() {
		return $this->event;
	}

	public function get_event_count(): int {
		return (int) $this->event_count;
	}

	/** Announces the end also of a save that the database has refused, with the id 0. */
	public function save() {
		global $wpdb;
		$is_new = ! $this->id;
		$data   = apply_filters( 'wu_webhook_pre_save', $this->columns(), $this );
		$error  = $this->find_problem();
		if ( null !== $error ) {
			return $error;
		}
		$before = $is_new ? false : self::find_row( (int) $this->id );
		if ( $is_new ) {
			$wpdb->insert( self::table(), $data + array( 'date_last_failed' => '0000-00-00 00:00:00' ) );
			$this->id = (int) $wpdb->insert_id;
		} else {
			$wpdb->update( self::table(), $data + array( 'date_modified' => gmdate( 'Y-m-d H:i:s' ) ), array( 'id' => (int) $this->id ) );
		}
		$old = $before ? (int) $before->active : 'new';
		if ( $this->id && (string) $old !== (string) (int) $this->active ) {
			do_action( 'wu_transition_webhook_active', $old, (int) $this->active, (int) $this->id );
		}
		do_action( 'wu_model_post_save', 'webhook', $this->data, $this->data, $this );
		do_action( 'wu_webhook_post_save', $this->data, $this, $is_new );
		return true;
	}

	public function delete() {
		global $wpdb;
		do_action( 'wu_webhook_pre_delete', $this );
		$result = $wpdb->delete( self::table(), array( 'id' => (int) $this->id ) );
		do_action( 'wu_webhook_post_delete', $result, $this );
		return (bool) $result;
	}

	/** As REST answers it: of a row that was read, numbers are texts. */
	public function to_array(): array {
		return array( 'id' => $this->id, 'model' => 'webhook' ) + $this->columns() + array( 'date_last_failed' => '0000-00-00 00:00:00' );
	}

	private function columns(): array {
		$defaults = array(
			'event_count'  => 0,
			'active'       => 0,
			'hidden'       => 0,
			'integration'  => 'manual',
			'date_created' => gmdate( 'Y-m-d H:i:s' ),
		);
		return array_intersect_key( $this->data, array_flip( self::COLUMNS ) ) + $defaults;
	}

	private function find_problem(): ?\WP_Error {
		return match ( true ) {
			strlen( (string) $this->name ) < 2 => new \WP_Error( 'name', 'The name is required.' ),
			1 !== preg_match( '~^https?://~', (string) $this->webhook_url ) => new \WP_Error( 'webhook_url', 'The URL is not valid.' ),
			'' === (string) $this->event => new \WP_Error( 'event', 'The event is required.' ),
			default => null,
		};
	}
}
