<?php
declare( strict_types=1 );

namespace Sidehook\Tests;

use Sidehook\Bridge;
use Sidehook\Groups;

/** What the listeners leave out; what they tell, the end-to-end suite shows for every event. */
final class EveryListenerTest extends BridgeTestCase {

	public function test_no_key_and_no_password_that_a_hook_hands_over_is_written_down(): void {
		$user = get_userdata( 1 );
		$this->fire( 'after_signup_user', 'robin', 'robin@example.com', 'the-secret', array( 'x' => 'the-secret' ) );
		$this->fire( 'after_signup_site', 'network.example', '/robin/', 'Robin', 'robin', 'robin@example.com', 'the-secret', array() );
		$this->fire( 'wpmu_activate_user', 1, 'the-secret', array() );
		$this->fire( 'wpmu_activate_blog', 2, 1, 'the-secret', 'Title', array() );
		$this->fire( 'after_password_reset', $user, 'the-secret' );
		$this->fire( 'wp_set_password', 'the-secret', 2 );
		$this->fire( 'wp_create_application_password', 1, array( 'name' => 'Build', 'uuid' => 'u', 'password' => 'the-secret' ), 'the-secret', array() );
		$this->fire( 'wp_mail_failed', new \WP_Error( 'x', 'No.', array( 'subject' => 'Hello', 'message' => 'the-secret', 'to' => array() ) ) );
		self::assertSame(
			array( 'wp_signup_user_created', 'wp_signup_site_created', 'wp_signup_user_activated', 'wp_signup_site_activated', 'wp_password_changed', 'wp_password_changed', 'wp_application_password_created', 'wp_mail_failed' ),
			array_column( array_filter( $this->rows(), static fn ( array $row ): bool => 'pending' === $row['state'] ), 'type' )
		);
		self::assertStringNotContainsString( 'the-secret', implode( array_column( array_filter( $this->rows(), static fn ( array $row ): bool => 'pending' === $row['state'] ), 'payload' ) ) );
	}

	public function test_a_password_that_two_hooks_tell_of_is_told_once(): void {
		$this->fire( 'wp_set_password', 'secret', 3 );
		$this->fire( 'after_password_reset', get_userdata( 3 ), 'secret' );
		self::assertSame( array( 'wp_password_changed' ), $this->types() );
	}

	public function test_ids_may_be_texts(): void {
		do_action( 'archive_blog', '2' );
		do_action( 'granted_super_admin', '2' );
		do_action( 'wu_domain_added', 'bakery.example', '2' );
		self::assertSame( array( 'wp_site_archived', 'wp_super_admin_granted', 'domain_mapped' ), $this->types() );
	}

	public function test_notes_and_logs_that_plugins_keep_as_comments_are_not_told(): void {
		foreach ( array( 'order_note', 'action_log' ) as $type ) {
			wp_delete_comment( wp_insert_comment( array( 'comment_post_ID' => 1, 'comment_type' => $type ) ), true );
		}
		self::assertSame( array(), $this->types() );
	}

	public function test_the_first_role_on_a_site_is_no_change(): void {
		do_action( 'set_user_role', 1, 'editor', array() );
		do_action( 'set_user_role', 1, 'editor', array( 'editor' ) );
		self::assertSame( array(), $this->types() );
	}

	public function test_automatic_updates_are_told_once(): void {
		$item = (object) array( 'slug' => 'quiet', 'plugin' => 'quiet/quiet.php', 'new_version' => '' );
		$this->fire( 'upgrader_process_complete', new \stdClass(), array( 'action' => 'update', 'type' => 'plugin', 'plugins' => array( 'quiet/quiet.php' ) ) );
		$loud = (object) array( 'slug' => 'loud', 'new_version' => '2.0' );
		$bad  = (object) array( 'slug' => 'bad', 'new_version' => '2.0' );
		$this->fire(
			'automatic_updates_complete',
			array(
				'plugin' => array(
					(object) array( 'item' => $item, 'result' => true ),
					(object) array( 'item' => $loud, 'result' => true ),
					(object) array( 'item' => $bad, 'result' => new \WP_Error( 'x', 'No.' ) ),
				),
			)
		);
		self::assertSame( array( 'quiet', 'loud' ), array_map( static fn ( array $row ): string => json_decode( $row['payload'], true )['items'][0]['slug'], $this->rows() ) );
	}

	public function test_a_group_that_is_switched_off_is_not_recorded_and_events_of_ones_own_are(): void {
		Bridge::instance()->groups()->switch_on( array_values( array_diff( array_keys( Groups::names() ), array( 'payments' ) ) ) );
		do_action( 'wu_event', 'payment_received', array( 'a' => 1 ) );
		do_action( 'wu_event', 'membership_expired', array( 'a' => 1 ) );
		sidehook_send_event( 'my_own', array( 'a' => 1 ) );
		self::assertSame( array( 'membership_expired', 'my_own' ), $this->types() );
	}

	public function test_has_a_name_for_every_group_of_the_catalog(): void {
		$events = json_decode( (string) file_get_contents( dirname( __DIR__ ) . '/events.json' ), true );
		self::assertSame( array_values( array_unique( array_column( $events, 'group' ) ) ), array_keys( Groups::names() ) );
	}

	/** Without what WordPress itself does upon it: mails, and looking for updates. */
	private function fire( string $hook, mixed ...$given ): void {
		$all = $GLOBALS['wp_filter'][ $hook ];

		$GLOBALS['wp_filter'][ $hook ] = clone $all;
		foreach ( $all->callbacks as $priority => $callbacks ) {
			foreach ( $callbacks as $callback ) {
				if ( 'Sidehook\Bridge::hear' !== $callback['function'] ) {
					remove_action( $hook, $callback['function'], $priority );
				}
			}
		}
		do_action( $hook, ...$given );
		$GLOBALS['wp_filter'][ $hook ] = $all;
	}
}
