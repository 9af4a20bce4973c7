<?php
declare( strict_types=1 );

namespace Sidehook\Tests;

use Sidehook\Bridge;
use Sidehook\Limits;

/** What happens to events when the database refuses them, or dies. */
final class SpoolTest extends BridgeTestCase {

	private string $log = '';

	protected function setUp(): void {
		parent::setUp();
		$this->log = (string) ini_set( 'error_log', '/dev/null' );
	}

	protected function tearDown(): void {
		$GLOBALS['wpdb']->query( 'ROLLBACK' );
		$this->take_again();
		ini_set( 'error_log', $this->log );
	}

	public function test_what_the_database_refuses_waits_in_a_file_and_is_sent_with_its_id(): void {
		$id = $this->refuse_while( fn (): string => sidehook_send_event( 'order_placed', array( 'name' => 'Bäckerei 100% \'"\\' ) ) );
		self::assertNotSame( '', $id );
		self::assertSame( array(), $this->rows() );
		self::assertSame( 1, $this->bridge()->spool()->count() );
		self::assertSame( 1, $this->flush() );
		list( $event ) = self::$sidecar->events();
		self::assertSame( array( $id, '{"name":"B\u00e4ckerei 100% \'\"\\\\"}' ), array( $event['id'], $event['payload'] ) );
		self::assertSame( 0, $this->bridge()->spool()->count() );
		self::assertStringContainsString( 'refused 1 event', \Sidehook\Failures::summary()['message'] );
	}

	public function test_the_page_goes_on_with_its_own_statements(): void {
		global $wpdb;
		$this->refuse_while( static fn () => do_action( 'wu_event', 'payment_received', array( 'a' => 1 ) ) );
		self::assertSame( array( '', '1' ), array( $wpdb->last_error, $wpdb->get_var( 'SELECT 1' ) ) );
		self::assertSame( 1, $this->bridge()->spool()->count() );
	}

	public function test_files_keep_the_order_of_what_happened(): void {
		$ids = $this->refuse_while( static fn (): array => array_map( static fn ( int $n ): string => sidehook_send_event( 'order_placed', array( 'n' => $n ) ), range( 1, 5 ) ) );
		$this->flush();
		self::assertSame( $ids, array_column( self::$sidecar->events(), 'id' ) );
	}

	public function provide_ends(): iterable {
		yield 'committed' => array( 'COMMIT', 1 );
		yield 'rolled back' => array( 'ROLLBACK', 0 );
	}

	/** @dataProvider provide_ends */
	public function test_an_event_that_was_refused_in_a_transaction_shares_its_fate( string $end, int $expected ): void {
		global $wpdb;
		$this->refuse();
		$wpdb->query( 'START TRANSACTION' );
		self::assertNotSame( '', sidehook_send_event( 'order_placed', array() ) );
		self::assertSame( 0, $this->bridge()->spool()->count(), 'not decided yet' );
		$wpdb->query( $end );
		$this->bridge()->action_shutdown_first();
		self::assertSame( $expected, $this->bridge()->spool()->count() );
	}

	public function test_a_transaction_whose_commit_fails_leaves_no_event(): void {
		global $wpdb;
		$this->refuse();
		$wpdb->query( 'START TRANSACTION' );
		self::assertNotSame( '', sidehook_send_event( 'order_placed', array() ) );
		$wpdb->query( 'COMMIT' );
		$wpdb->last_error = 'as if it had failed';
		$wpdb->query( 'SELECT 1' );
		self::assertSame( 0, $this->bridge()->spool()->count() );
	}

	/** What an event says may be read from the database, and WordPress then opens a new connection: outside the transaction. */
	public function provide_what_an_event_asks_the_database(): iterable {
		yield 'nothing' => array( static fn () => home_url() );
		yield 'something' => array( static fn () => wp_cache_flush() );
	}

	/** @dataProvider provide_what_an_event_asks_the_database */
	public function test_what_was_begun_in_a_transaction_whose_connection_is_lost_is_not_told( callable $prepare ): void {
		global $wpdb;
		$wpdb->query( 'START TRANSACTION' );
		sidehook_send_event( 'order_placed', array( 'n' => 1 ) );
		$prepare();
		$this->lose_connection();
		self::assertSame( '', sidehook_send_event( 'order_placed', array( 'n' => 2 ) ) );
		$wpdb->suppress_errors( true );
		$wpdb->query( 'COMMIT' );
		$wpdb->suppress_errors( false );
		self::assertSame( array( array(), 0 ), array( $this->rows(), $this->bridge()->spool()->count() ) );
	}

	public function test_a_long_idle_connection_that_the_database_has_closed_is_opened_again(): void {
		$this->lose_connection();
		self::assertNotSame( '', sidehook_send_event( 'order_placed', array() ) );
		self::assertSame( array( 'order_placed' ), $this->types() );
		self::assertSame( 0, $this->bridge()->spool()->count() );
	}

	public function test_a_file_that_another_web_server_gives_out_says_nothing(): void {
		$this->refuse_while( static fn (): string => sidehook_send_event( 'order_placed', array( 'email' => 'asha@example.com' ) ) );
		list( $file ) = glob( self::SPOOL . '/evt_*' );
		self::assertSame( '', ( new Browser() )->get( '/wp-content/uploads/sidehook-spool/' . basename( $file ) ) );
		self::assertStringNotContainsString( basename( $file ), ( new Browser() )->get( '/wp-content/uploads/sidehook-spool/' ) );
	}

	public function test_a_file_that_was_put_into_the_outbox_just_before_a_kill_is_sent_once(): void {
		$this->refuse_while( static fn (): string => sidehook_send_event( 'order_placed', array() ) );
		list( $file ) = glob( self::SPOOL . '/evt_*' );
		$kept         = (string) file_get_contents( $file );
		$this->bridge()->spool()->drain( $this->bridge()->outbox() );
		file_put_contents( $file, $kept );
		self::assertSame( 1, $this->flush() );
		self::assertCount( 1, self::$sidecar->events() );
	}

	private function refuse_while( callable $run ): mixed {
		$this->refuse();
		$result = $run();
		$this->take_again();
		return $result;
	}

	/** The database answers, and takes no row. */
	private function refuse(): void {
		$GLOBALS['wpdb']->query( "ALTER TABLE {$this->table()} ADD CONSTRAINT refuse CHECK (state = 'never')" );
	}

	private function take_again(): void {
		$GLOBALS['wpdb']->query( "ALTER TABLE {$this->table()} DROP CONSTRAINT IF EXISTS refuse" );
	}

	private function lose_connection(): void {
		global $wpdb;
		$id    = (int) $wpdb->get_var( 'SELECT CONNECTION_ID()' );
		$other = new \wpdb( DB_USER, DB_PASSWORD, DB_NAME, DB_HOST );
		$other->query( "KILL $id" );
		$this->wait_until( static fn (): bool => '0' === $other->get_var( "SELECT COUNT(*) FROM information_schema.processlist WHERE id = $id" ), 'the end of the connection' );
	}

	private function bridge(): Bridge {
		return Bridge::instance();
	}

	private function flush(): int {
		return $this->bridge()->forwarder()->flush( Limits::interactive() );
	}
}
