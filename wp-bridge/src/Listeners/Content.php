<?php
/**
 * Posts, pages and other entries that visitors can see, on any site.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Listeners;

use Sidehook\Payload;
use Sidehook\Recorder;

final class Content {

	/** @var array<string, string> Entries that have just been published => their state before. */
	private array $published = array();

	public function __construct( private readonly Recorder $recorder ) {}

	/** Terms and meta of a new entry are not saved yet: `saved()` tells of it, or the end of the request. */
	public function status( mixed $status, mixed $old_status, \WP_Post $post ): void {
		if ( 'publish' === $status && 'publish' !== $old_status && self::is_told( $post ) && $this->recorder->may_record( 'wp_post_published' ) ) {
			$key = self::key( 'wp_post_published', $post );

			$this->published[ $key ] = (string) $old_status;
			$this->recorder->coalesce( $key, 'wp_post_published', $this->describe( $post ) + array( 'old_status' => (string) $old_status ) );
		}
	}

	public function saved( int $post_id, \WP_Post $post, mixed $is_update, ?\WP_Post $before ): void {
		$key = self::key( 'wp_post_published', $post );
		if ( isset( $this->published[ $key ] ) ) {
			$this->published( $key, $post );
		} elseif ( 'publish' === $post->post_status && 'publish' === $before?->post_status && self::is_told( $post ) && $this->recorder->may_record( 'wp_post_updated' ) ) {
			$this->recorder->coalesce( self::key( 'wp_post_updated', $post ), 'wp_post_updated', $this->describe( $post ) );
		}
	}

	public function trashed( int $post_id ): void {
		$post = get_post( $post_id );
		if ( $post instanceof \WP_Post && self::is_told( $post ) ) {
			$this->recorder->record( 'wp_post_trashed', fn (): array => $this->describe( $post ) );
		}
	}

	public function deleted( int $post_id, \WP_Post $post ): void {
		if ( 'auto-draft' !== $post->post_status && self::is_told( $post ) ) {
			$this->recorder->coalescer()->forget( self::key( 'wp_post_updated', $post ) );
			$this->recorder->record( 'wp_post_deleted', fn (): array => $this->describe( $post ) );
		}
	}

	public function attachment( int $attachment_id ): void {
		$this->recorder->record(
			'wp_attachment_added',
			fn (): array => array(
				'site_id'       => get_current_blog_id(),
				'attachment_id' => $attachment_id,
				'mime'          => (string) get_post_mime_type( $attachment_id ),
				'url'           => (string) wp_get_attachment_url( $attachment_id ),
			)
		);
	}

	/** Unless a transaction has ended meanwhile, which told of it. */
	private function published( string $key, \WP_Post $post ): void {
		$old_status = $this->published[ $key ];
		unset( $this->published[ $key ] );
		if ( $this->recorder->coalescer()->has( $key ) ) {
			$this->recorder->coalescer()->forget( $key );
			$this->recorder->record( 'wp_post_published', $this->describe( $post ) + array( 'old_status' => $old_status ) );
		}
	}

	/** @return array<string, mixed> */
	private function describe( \WP_Post $post ): array {
		return array(
			'site_id'   => get_current_blog_id(),
			'post_id'   => (int) $post->ID,
			'post_type' => $post->post_type,
			'title'     => $post->post_title,
			'slug'      => $post->post_name,
			'author_id' => (int) $post->post_author,
			'url'       => 'publish' === $post->post_status ? ( get_permalink( $post ) ?: null ) : null,
			'modified'  => Payload::time( self::modified( $post ) ),
		);
	}

	/** Drafts that were never saved twice have no time in UTC. */
	private static function modified( \WP_Post $post ): string {
		return str_starts_with( $post->post_modified_gmt, '0000' ) ? get_gmt_from_date( $post->post_modified ) : $post->post_modified_gmt;
	}

	/** Menus, revisions, templates, orders and the like are not for visitors. */
	private static function is_told( \WP_Post $post ): bool {
		return 'revision' !== $post->post_type && is_post_type_viewable( $post->post_type );
	}

	private static function key( string $type, \WP_Post $post ): string {
		return "$type " . get_current_blog_id() . " {$post->ID}";
	}
}
