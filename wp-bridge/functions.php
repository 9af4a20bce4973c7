<?php
/**
 * The public functions of the plugin. Everything in `src/` may change without notice.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

/**
 * Sends an event of your own to every webhook that wants its type.
 *
 * The event is written into WordPress's database at once, on the same connection as your own changes: a
 * transaction that is rolled back takes its events with it. Delivery happens after the page has gone out.
 *
 *     sidehook_send_event( 'course_finished', [ 'course_id' => 12, 'user_id' => 7 ] );
 *
 * @param string $type    1 to 64 characters of `a-z`, `0-9`, `_` and `.`.
 * @param array  $payload What receivers get as the body, as a JSON object: keys are names. At most 256 KiB.
 * @param array  $context Replaces what the bridge finds out by itself: `siteId`, `siteUrl`, `actorUserId`, `source`, `requestId`.
 * @return string The event's id, by which receivers recognise a repetition; empty when nothing was recorded,
 *                because no webhook wants the type, the mode is `off`, or the database refused (then PHP's error log says so).
 * @throws InvalidArgumentException When the type, the payload or the context cannot be sent.
 */
function sidehook_send_event( string $type, array $payload, array $context = array() ): string {
	return \Sidehook\Bridge::instance()->recorder()->send_event( $type, $payload, $context );
}
