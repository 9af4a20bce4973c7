<?php
/**
 * Comments on any site.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Listeners;

use Sidehook\Recorder;

final class Comments {

	/** Other plugins keep notes and logs as comments. */
	private const TYPES = array( '', 'comment', 'review', 'pingback', 'trackback' );

	public function __construct( private readonly Recorder $recorder ) {}

	/** Two hooks tell of the same one. */
	public function created( int $comment_id ): void {
		$comment = get_comment( $comment_id );
		if ( self::is_told( $comment ) && $this->recorder->told()->is_first( 'wp_comment_created ' . get_current_blog_id(), $comment_id ) ) {
			$this->recorder->record(
				'wp_comment_created',
				array(
					'site_id'     => get_current_blog_id(),
					'comment_id'  => (int) $comment->comment_ID,
					'post_id'     => (int) $comment->comment_post_ID,
					'author_name' => (string) $comment->comment_author,
					'approved'    => (string) $comment->comment_approved,
				)
			);
		}
	}

	/** Of a deletion `deleted()` tells. */
	public function status( mixed $status, mixed $old_status, mixed $comment ): void {
		if ( 'delete' !== $status && self::is_told( $comment ) ) {
			$this->recorder->record(
				'wp_comment_status_changed',
				array(
					'site_id'    => get_current_blog_id(),
					'comment_id' => (int) $comment->comment_ID,
					'old_status' => (string) $old_status,
					'new_status' => (string) $status,
				)
			);
		}
	}

	public function deleted( int $comment_id, mixed $comment ): void {
		if ( self::is_told( $comment ) ) {
			$this->recorder->record(
				'wp_comment_deleted',
				array(
					'site_id'    => get_current_blog_id(),
					'comment_id' => $comment_id,
				)
			);
		}
	}

	private static function is_told( mixed $comment ): bool {
		return $comment instanceof \WP_Comment && in_array( $comment->comment_type, self::TYPES, true );
	}
}
