<?php
/**
 * What an admin should know about each webhook before it is taken over.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Takeover;

final class Report {

	/** Ultimate Multisite sends to no more, the newest first, whatever events they are for. */
	public const SENT_BY_ORIGINAL = 100;

	/** The column holds no more: a longer URL was refused, or cut off. */
	public const MAX_URL = 191;

	/** It offers them for webhooks and never sends them. */
	private const NEVER_SENT = array(
		'customer_created',
		'customer_updated',
		'membership_created',
		'membership_updated',
		'payment_created',
		'payment_updated',
		'checkout_started',
		'checkout_step_completed',
		'checkout_completed',
		'checkout_failed',
		'subsite_post_created',
		'subsite_cpt_created',
		'subsite_user_registered',
		'subsite_woocommerce_order',
	);

	/**
	 * @param list<Original>     $originals  The oldest first.
	 * @param array<int, string> $problems   Id => why the sidecar does not take it.
	 * @param bool               $obeys_flag Whether inactive ones get nothing.
	 * @return array<int, list<string>> Id => notes, for each that there is something to say of.
	 */
	public static function describe( array $originals, array $problems, bool $obeys_flag ): array {
		$sent  = array_slice( $originals, -self::SENT_BY_ORIGINAL );
		$known = self::known_types();
		$twins = self::find_twins( $originals );
		$notes = array();
		foreach ( $originals as $original ) {
			$notes[ $original->id ] = array_values(
				array_filter(
					array(
						isset( $problems[ $original->id ] ) ? self::refused( $problems[ $original->id ] ) : null,
						isset( $twins[ $original->id ] ) ? self::twin( $twins[ $original->id ] ) : null,
						self::about_event( $original, $known, in_array( $original, $sent, true ) ),
						self::about_flag( $original, $obeys_flag ),
						...self::about_url( $original ),
					)
				)
			);
		}
		return array_filter( $notes );
	}

	/** Webhooks with the same URL for the same event: their receiver gets each event as often. */
	private static function find_twins( array $originals ): array {
		$first = array();
		$twins = array();
		foreach ( $originals as $original ) {
			$key = $original->type() . ' ' . $original->url;
			if ( isset( $first[ $key ] ) ) {
				$twins[ $original->id ] = $first[ $key ];
			} else {
				$first[ $key ] = $original->id;
			}
		}
		return $twins;
	}

	private static function refused( string $problem ): string {
		/* translators: %s: why */
		return sprintf( __( 'Stays with Ultimate Multisite, because the sidecar does not take it: %s', 'sidehook' ), $problem );
	}

	private static function twin( int $id ): string {
		/* translators: %d: number of a webhook */
		return sprintf( __( 'Has the same event and URL as webhook %d: their receiver gets each event twice, as before.', 'sidehook' ), $id );
	}

	/** @param list<string> $known */
	private static function about_event( Original $original, array $known, bool $is_sent ): ?string {
		return match ( true ) {
			/* translators: 1: old name of an event, 2: its new name */
			$original->is_of_old_version() => sprintf( __( 'Is for %1$s, which is called %2$s today: it has got nothing so far, and will.', 'sidehook' ), $original->event, $original->type() ),
			! in_array( $original->type(), $known, true ) => __( 'No event of this name is known: it gets something only if a plugin of yours sends it.', 'sidehook' ),
			in_array( $original->type(), self::NEVER_SENT, true ) => __( 'Ultimate Multisite offers this event and has never sent it: it has got nothing so far, and will.', 'sidehook' ),
			! $is_sent => __( 'Is not among the newest 100, beyond which Ultimate Multisite sends nothing: it has got nothing so far, and will.', 'sidehook' ),
			default => null,
		};
	}

	private static function about_flag( Original $original, bool $obeys_flag ): ?string {
		return match ( true ) {
			$original->is_active => null,
			$obeys_flag => __( 'Is shown as inactive: it will get nothing any more.', 'sidehook' ),
			default => __( 'Is shown as inactive, which Ultimate Multisite has never heeded: it goes on getting events.', 'sidehook' ),
		};
	}

	/** @return list<string> */
	private static function about_url( Original $original ): array {
		$is_plain = str_starts_with( strtolower( $original->url ), 'http://' );
		return array_filter(
			array(
				strlen( $original->url ) >= self::MAX_URL ? __( 'Its URL fills the column of the database to the end, and may have been cut off.', 'sidehook' ) : null,
				$is_plain ? __( 'Its URL begins with http://: whoever is on the way can read what is sent.', 'sidehook' ) : null,
			)
		);
	}

	/** @return list<string> */
	private static function known_types(): array {
		return array_column( (array) wp_json_file_decode( dirname( __DIR__, 2 ) . '/events.json', array( 'associative' => true ) ), 'type' );
	}
}
