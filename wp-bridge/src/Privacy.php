<?php
/**
 * Answers WordPress's tools that export and erase a person's data: for the outbox here, and for the sidecar.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class Privacy {

	/** Of the outbox, at a time. */
	private const ROWS = 500;

	/** What is just being sent is waited for, so that it does not arrive after it was erased there. */
	private const PATIENCE_SECONDS = 5;

	private const TIMEOUT_SECONDS = 25.0;

	/** A big log takes the sidecar many calls; meanwhile somebody looks at a progress bar. */
	private const CURSOR_SECONDS = HOUR_IN_SECONDS;

	public function __construct( private readonly Bridge $bridge ) {}

	/**
	 * @param array<string, array<string, mixed>> $exporters Of WordPress.
	 * @return array<string, array<string, mixed>>
	 */
	public function add_exporter( array $exporters ): array {
		$exporters['sidehook'] = array(
			'exporter_friendly_name' => __( 'Events for other applications', 'sidehook' ),
			'callback'               => $this->export( ... ),
		);
		return $exporters;
	}

	/**
	 * @param array<string, array<string, mixed>> $erasers Of WordPress.
	 * @return array<string, array<string, mixed>>
	 */
	public function add_eraser( array $erasers ): array {
		$erasers['sidehook'] = array(
			'eraser_friendly_name' => __( 'Events for other applications', 'sidehook' ),
			'callback'             => $this->erase( ... ),
		);
		return $erasers;
	}

	/** What owners may put into their privacy policy. */
	public function add_policy_text(): void {
		wp_add_privacy_policy_content(
			'Sidehook',
			wp_kses_post( wpautop( __( 'What happens on this network, such as registrations, sign-ins, orders and changes of an account, is told to other applications that the owner of the network has chosen. It is kept for a limited time, so that it can be delivered again. You can ask for a copy of it, and to have it erased.', 'sidehook' ), false ) )
		);
	}

	/** @return array{data: list<array<string, mixed>>, done: bool}|\WP_Error */
	public function export( string $email, int $page = 1 ): array|\WP_Error {
		$person = Person::of( $email );
		$data   = 1 === $page ? $this->export_waiting( $person ) : array();
		$answer = $this->ask_sidecar( 'export', $person, $page );
		if ( null === $answer ) {
			return array( 'data' => $data, 'done' => true );
		}
		if ( ! $answer->is_ok() ) {
			/* translators: %s: why */
			return new \WP_Error( 'sidehook', sprintf( __( 'The sidecar could not be asked for what it keeps: %s Try again later.', 'sidehook' ), $answer->describe() ) );
		}
		$records = array_map( array( PersonalRecord::class, 'item' ), (array) ( $answer->body['data'] ?? array() ) );
		return array( 'data' => array( ...$data, ...$records ), 'done' => null === ( $answer->body['nextCursor'] ?? null ) );
	}

	/** @return array{items_removed: bool, items_retained: bool, messages: list<string>, done: bool} */
	public function erase( string $email, int $page = 1 ): array {
		$person = Person::of( $email );
		list( $erased, $is_clean ) = $this->erase_waiting( $person );
		if ( ! $is_clean ) {
			return self::outcome( $erased > 0, array(), false );
		}
		$this->forget_failures( $person );
		$answer = $this->ask_sidecar( 'erase', $person, $page );
		if ( null === $answer ) {
			return self::outcome( $erased > 0, array(), true );
		}
		if ( ! $answer->is_ok() ) {
			/* translators: %s: why */
			return self::outcome( $erased > 0, array( sprintf( __( 'The sidecar could not be told to erase what it keeps of this person: %s Do it again when it is back.', 'sidehook' ), $answer->describe() ) ), true );
		}
		$erased += array_sum( array_map( intval( ... ), (array) ( $answer->body['erased'] ?? array() ) ) );
		return self::outcome( $erased > 0, self::list_retained( $answer->body ), null === ( $answer->body['nextCursor'] ?? null ) );
	}

	/**
	 * @param list<string> $retained Why something could not be erased.
	 * @return array{items_removed: bool, items_retained: bool, messages: list<string>, done: bool}
	 */
	private static function outcome( bool $has_erased, array $retained, bool $is_done ): array {
		return array(
			'items_removed'  => $has_erased,
			'items_retained' => array() !== $retained,
			'messages'       => $retained,
			'done'           => $is_done,
		);
	}

	/**
	 * @param array<string, mixed> $body Answer of the sidecar.
	 * @return list<string>
	 */
	private static function list_retained( array $body ): array {
		$messages = array();
		foreach ( (array) ( $body['webhooks'] ?? array() ) as $webhook ) {
			/* translators: %s: name of a webhook */
			$messages[] = sprintf( __( 'The address stands in the settings of the webhook “%s”: change them by hand.', 'sidehook' ), (string) ( $webhook['name'] ?? '' ) );
		}
		if ( true === ( $body['needsVacuum'] ?? false ) ) {
			$messages[] = __( 'Unused pages of the sidecar\'s database may still hold traces: stop the sidecar and run VACUUM on the file.', 'sidehook' );
		}
		return $messages;
	}

	/** @return list<array<string, mixed>> */
	private function export_waiting( Person $person ): array {
		$items = array();
		foreach ( $this->find_waiting( $person ) as $row ) {
			$items[] = PersonalRecord::item(
				array(
					'kind'       => 'event',
					'id'         => $row->event_id,
					'type'       => $row->type,
					'occurredAt' => $row->occurred_at,
					'siteId'     => (int) $row->site_id,
					'payload'    => $person->is_subject_of( $row->payload ) ? $row->payload : null,
				)
			);
		}
		return $items;
	}

	/** @return array{0: int, 1: bool} How many were erased, and whether none is left. */
	private function erase_waiting( Person $person ): array {
		$erased   = 0;
		$deadline = microtime( true ) + self::PATIENCE_SECONDS;
		do {
			$is_clean = true;
			foreach ( $this->find_waiting( $person ) as $row ) {
				$is_gone  = $person->is_subject_of( $row->payload ) ? $this->delete( (int) $row->id ) : $this->forget_actor( $row );
				$erased  += (int) $is_gone;
				$is_clean = $is_clean && $is_gone;
			}
		} while ( ! $is_clean && microtime( true ) < $deadline && 0 === usleep( 100000 ) );
		return array( $erased, $is_clean );
	}

	/** @return \Generator<object> Rows of the outbox, of every network in it and in every state. */
	private function find_waiting( Person $person ): \Generator {
		global $wpdb;
		Failures::guard( fn () => $this->bridge->spool()->drain( $this->bridge->outbox() ) );
		$table    = $this->bridge->table();
		$patterns = $person->patterns();
		$likes    = implode( ' OR ', array_fill( 0, count( $patterns ), 'payload LIKE %s' ) );
		$actor    = '%' . $wpdb->esc_like( "\"actorUserId\":$person->user_id" ) . '%';
		$last_id  = 0;
		do {
			$rows = $table->politely(
				static fn (): array => $wpdb->get_results(
					$wpdb->prepare( "SELECT * FROM {$table->name()} WHERE id > %d AND ($likes OR context LIKE %s) ORDER BY id LIMIT %d", $last_id, ...array( ...$patterns, $actor, self::ROWS ) )
				)
			);
			foreach ( $rows as $row ) {
				$last_id = (int) $row->id;
				if ( $person->is_subject_of( $row->payload ) || $person->is_actor_of( $row->context ) ) {
					yield $row;
				}
			}
		} while ( count( $rows ) === self::ROWS );
	}

	/** @return bool False while it is being sent. */
	private function delete( int $id ): bool {
		$table = $this->bridge->table();
		return 1 === $table->politely( static fn (): int => $table->run( "DELETE FROM {$table->name()} WHERE id = $id AND (claimed_until IS NULL OR claimed_until < UTC_TIMESTAMP())" ) );
	}

	/** Others may have to hear of what the person did, but not who it was. */
	private function forget_actor( object $row ): bool {
		global $wpdb;
		$context = json_decode( $row->context, true );
		unset( $context['actorUserId'] );
		$table = $this->bridge->table();
		return 1 === $table->politely(
			static fn (): int => $table->run(
				$wpdb->prepare(
					"UPDATE {$table->name()} SET context = %s WHERE id = %d AND (claimed_until IS NULL OR claimed_until < UTC_TIMESTAMP())",
					wp_json_encode( $context ),
					$row->id
				)
			)
		);
	}

	/** A database quotes in its errors what it refuses. */
	private function forget_failures( Person $person ): void {
		foreach ( array( 'sidehook_failures', 'sidehook_breaker' ) as $option ) {
			if ( $person->is_subject_of( (string) wp_json_encode( get_network_option( null, $option ) ) ) ) {
				delete_network_option( null, $option );
			}
		}
	}

	/** @return ?Answer Null where there has never been a sidecar. The cursor of one page is kept for the next. */
	private function ask_sidecar( string $what, Person $person, int $page ): ?Answer {
		if ( '' === $this->bridge->config()->url() && '' === $this->bridge->config()->key() ) {
			return null;
		}
		$problem = $this->bridge->config()->problem();
		if ( null !== $problem ) {
			return Answer::from( new \WP_Error( 'sidehook', $problem ) );
		}
		$key    = "sidehook_{$what}_" . wp_hash( $person->email );
		$cursor = 1 === $page ? false : get_site_transient( $key );
		$answer = ( new SidecarClient( $this->bridge->config() ) )->post_privacy(
			$what,
			array(
				'email'  => $person->email,
				'userId' => $person->user_id > 0 ? $person->user_id : null,
				'cursor' => is_string( $cursor ) ? $cursor : null,
			),
			self::TIMEOUT_SECONDS
		);
		$next = $answer->body['nextCursor'] ?? null;
		is_string( $next ) ? set_site_transient( $key, $next, self::CURSOR_SECONDS ) : delete_site_transient( $key );
		return $answer;
	}
}
