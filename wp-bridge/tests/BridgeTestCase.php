<?php
/**
 * An empty outbox, a listening stand-in, and a bridge that knows it.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Tests;

use PHPUnit\Framework\TestCase;
use Sidehook\Bridge;

abstract class BridgeTestCase extends TestCase {

	protected const SPOOL = WP_CONTENT_DIR . '/uploads/sidehook-spool';

	protected static StandIn $sidecar;

	public static function setUpBeforeClass(): void {
		self::$sidecar = new StandIn();
	}

	public static function tearDownAfterClass(): void {
		self::$sidecar->stop();
	}

	protected function setUp(): void {
		global $wpdb;
		$wpdb->query( 'ROLLBACK' );
		Bridge::instance()->table()->create();
		$wpdb->query( "DELETE FROM {$this->table()}" );
		foreach ( array( 'failures', 'mode', 'wanted', 'archive', 'groups_off', 'takeover', 'full', 'home', 'breaker' ) as $name ) {
			delete_network_option( null, "sidehook_$name" );
		}
		Bridge::instance()->breaker()->state();
		array_map( 'unlink', glob( self::SPOOL . '/evt_*' ) );
		self::$sidecar->answer( 'accept' );
		$this->configure( self::$sidecar->url, StandIn::KEY );
		Bridge::instance()->recorder()->forget_waiting();
	}

	/** By network option, so that requests of the web see it too. */
	protected function configure( string $url, string $key ): void {
		update_network_option( null, 'sidehook_url', $url );
		update_network_option( null, 'sidehook_key', $key );
	}


	/** Another process has changed them. */
	protected function forget_options(): void {
		wp_cache_flush();
	}

	protected function table(): string {
		return Bridge::instance()->table()->name();
	}

	/** @return list<array<string, mixed>> */
	protected function rows(): array {
		global $wpdb;
		return $wpdb->get_results( "SELECT * FROM {$this->table()} ORDER BY id", ARRAY_A );
	}

	protected function only_row(): array {
		$rows = $this->rows();
		self::assertCount( 1, $rows );
		return $rows[0];
	}

	/** @return list<string> */
	protected function types(): array {
		return array_column( $this->rows(), 'type' );
	}

	protected function record( int $count = 1, array $payload = array( 'a' => 1 ) ): void {
		$outbox = Bridge::instance()->outbox();
		for ( $i = 0; $i < $count; $i++ ) {
			$outbox->add( \Sidehook\Event::happened( 'test_event', $payload ) );
		}
	}

	/** Another process with a connection of its own, in the same WordPress. */
	protected function start_php( string $code ): array {
		$process = proc_open(
			array( PHP_BINARY, '-r', 'require getenv( "SIDEHOOK_TEST_ROOT" ) . "/wp-load.php"; ' . $code ),
			array( array( 'pipe', 'r' ), array( 'pipe', 'w' ), array( 'pipe', 'w' ) ),
			$pipes,
			null,
			getenv()
		);
		return array( $process, $pipes );
	}

	protected function finish_php( array $started ): string {
		list( $process, $pipes ) = $started;
		fclose( $pipes[0] );
		$said  = stream_get_contents( $pipes[1] );
		$error = stream_get_contents( $pipes[2] );
		self::assertSame( 0, proc_close( $process ), $error );
		return (string) $said;
	}

	/** Waits for something that happens after a page has gone out. */
	protected function wait_until( callable $is_so, string $what ): void {
		$deadline = microtime( true ) + 10;
		while ( ! $is_so() ) {
			self::assertLessThan( $deadline, microtime( true ), "never: $what" );
			usleep( 20000 );
		}
	}
}
