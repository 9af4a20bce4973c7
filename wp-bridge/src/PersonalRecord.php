<?php
/**
 * What the sidecar, or the outbox, has of a person, as WordPress prints it into their file.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class PersonalRecord {

	/**
	 * @param array<string, mixed> $data As `POST /v1/privacy/export` answers it.
	 * @return array<string, mixed> An item of WordPress's export.
	 */
	public static function item( array $data ): array {
		$fields = match ( $data['kind'] ?? '' ) {
			'event'      => self::event( $data ),
			'answer'     => self::answer( $data ),
			default      => self::bin_request( $data ),
		};
		return array(
			'group_id'          => 'sidehook',
			'group_label'       => __( 'Events for other applications', 'sidehook' ),
			'group_description' => __( 'What happened on the network, as other applications were told of it.', 'sidehook' ),
			'item_id'           => 'sidehook-' . ( $data['id'] ?? md5( (string) wp_json_encode( $data ) ) ),
			'data'              => array_values( array_filter( $fields, static fn ( array $field ): bool => '' !== $field['value'] ) ),
		);
	}

	/** @param array<string, mixed> $data */
	private static function event( array $data ): array {
		$told = array_map(
			static fn ( array $delivery ): string => "{$delivery['webhookName']} ({$delivery['receiver']}): {$delivery['state']}",
			(array) ( $data['deliveries'] ?? array() )
		);
		return array(
			self::field( __( 'Event', 'sidehook' ), $data['type'] ?? '' ),
			self::field( __( 'Happened', 'sidehook' ), $data['occurredAt'] ?? '' ),
			self::field( __( 'Site', 'sidehook' ), $data['siteId'] ?? '' ),
			self::field( __( 'Data', 'sidehook' ), $data['payload'] ?? __( 'The event is about others; this person has caused it.', 'sidehook' ) ),
			self::field( __( 'Told to', 'sidehook' ), implode( ', ', $told ) ),
		);
	}

	/** @param array<string, mixed> $data */
	private static function answer( array $data ): array {
		return array(
			self::field( __( 'Answer of', 'sidehook' ), $data['receiver'] ?? '' ),
			self::field( __( 'Happened', 'sidehook' ), $data['answeredAt'] ?? '' ),
			self::field( __( 'Data', 'sidehook' ), $data['body'] ?? '' ),
		);
	}

	/** @param array<string, mixed> $data */
	private static function bin_request( array $data ): array {
		return array(
			self::field( __( 'Test endpoint', 'sidehook' ), $data['id'] ?? '' ),
			self::field( __( 'Happened', 'sidehook' ), $data['receivedAt'] ?? '' ),
			self::field( __( 'Data', 'sidehook' ), $data['body'] ?? '' ),
		);
	}

	/** @return array{name: string, value: string} */
	private static function field( string $name, mixed $value ): array {
		return array(
			'name'  => $name,
			'value' => esc_html( (string) $value ),
		);
	}
}
