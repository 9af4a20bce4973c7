<?php
declare( strict_types=1 );

namespace Sidehook\Tests;

use Sidehook\Bridge;

/** The copy of its settings that a web server keeps for some seconds. */
final class OptionsTest extends BridgeTestCase {

	protected function setUp(): void {
		parent::setUp();
		Bridge::instance()->wanted()->learn( array( 'wanted' => array( '*' ) ) );
		// Nothing is sent, so nothing changes what is wanted.
		$this->configure( '', '' );
		array_map( 'unlink', glob( self::SPOOL . '/options-*' ) );
	}

	protected function tearDown(): void {
		array_map( 'unlink', glob( self::SPOOL . '/options-*' ) );
	}

	public function test_a_page_does_not_ask_the_database_again_what_the_one_before_has_just_read(): void {
		self::assertSame( array( 2, 1, 1 ), array( $this->fire(), $this->fire(), $this->fire() ), 'statements' );
		self::assertCount( 3, $this->rows() );
	}

	public function test_what_is_changed_on_this_web_server_holds_for_the_next_page(): void {
		$this->fire();
		update_network_option( null, 'sidehook_mode', 'off' );
		$this->fire();
		self::assertCount( 1, $this->rows(), 'set' );
		update_network_option( null, 'sidehook_mode', 'observe' );
		$this->fire();
		self::assertCount( 2, $this->rows(), 'changed' );
		update_network_option( null, 'sidehook_mode', 'off' );
		delete_network_option( null, 'sidehook_mode' );
		$this->fire();
		self::assertCount( 3, $this->rows(), 'deleted' );
	}

	public function provide_ages(): iterable {
		yield 'seconds' => array( 4.0, 1 );
		yield 'more than some seconds' => array( 5.0, 0 );
		yield 'from the future, as the clock was set back' => array( -60.0, 0 );
	}

	/** @dataProvider provide_ages */
	public function test_what_is_changed_elsewhere_holds_after_some_seconds( float $age, int $recorded ): void {
		global $wpdb;
		update_network_option( null, 'sidehook_mode', 'observe' );
		$this->fire();
		$wpdb->query( "DELETE FROM {$this->table()}" );
		$wpdb->update( $wpdb->sitemeta, array( 'meta_value' => 'off' ), array( 'meta_key' => 'sidehook_mode' ) );
		$this->rewrite( static fn ( array $copy ): array => array( 'read_at' => microtime( true ) - $age ) + $copy );
		$this->fire();
		self::assertCount( $recorded, $this->rows() );
	}

	public function test_half_a_copy_is_none(): void {
		$this->fire();
		file_put_contents( $this->copy(), substr( (string) file_get_contents( $this->copy() ), 0, 40 ) );
		self::assertSame( 2, $this->fire() );
	}

	public function test_what_is_seen_in_an_open_transaction_is_for_nobody_else(): void {
		$this->fire( '&transaction' );
		self::assertSame( array(), glob( self::SPOOL . '/options-*' ) );
	}

	public function test_a_stranger_reads_nothing_in_it(): void {
		$this->fire();
		$stranger = new Browser();
		self::assertSame( '', $stranger->get( '/wp-content/uploads/sidehook-spool/' . basename( $this->copy() ) ) );
		self::assertSame( 200, $stranger->status, 'PHP has run it' );
	}

	public function test_a_disk_for_reading_only_costs_a_statement_and_no_event(): void {
		$this->fire();
		rename( self::SPOOL, self::SPOOL . '-away' );
		touch( self::SPOOL );
		try {
			self::assertSame( array( 2, 2 ), array( $this->fire(), $this->fire() ) );
			self::assertCount( 3, $this->rows() );
		} finally {
			unlink( self::SPOOL );
			rename( self::SPOOL . '-away', self::SPOOL );
		}
	}

	public function test_other_plugins_may_filter_what_is_in_it(): void {
		$this->fire();
		self::assertSame( 0, $this->fire( '&mode=off' ) );
		self::assertCount( 1, $this->rows() );
	}

	/** @return int Statements of one event. */
	private function fire( string $more = '' ): int {
		return json_decode( ( new Browser() )->get( "/?fire=1$more" ), true )['statements'];
	}

	private function copy(): string {
		clearstatcache();
		$files = glob( self::SPOOL . '/options-*' );
		self::assertCount( 1, $files );
		return $files[0];
	}

	/** @param \Closure(array<string, mixed>): array<string, mixed> $change */
	private function rewrite( \Closure $change ): void {
		$copy = json_decode( substr( (string) file_get_contents( $this->copy() ), strlen( Bridge::GUARD ) ), true );
		file_put_contents( $this->copy(), Bridge::GUARD . wp_json_encode( $change( $copy ) ) );
	}
}
