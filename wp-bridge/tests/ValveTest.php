<?php
declare( strict_types=1 );

namespace Sidehook\Tests;

use Sidehook\Bridge;
use Sidehook\Valve;

final class ValveTest extends BridgeTestCase {

	public function test_of_a_flood_the_first_are_told_and_of_the_others_how_many_they_were(): void {
		$this->fail_to_log_in( Valve::PER_MINUTE + 7 );
		self::assertCount( Valve::PER_MINUTE, $this->told() );
		Bridge::instance()->valve()->release();
		self::assertCount( Valve::PER_MINUTE, $this->told(), 'the minute is not over' );
		$this->let_the_minute_pass();
		Bridge::instance()->valve()->release();
		Bridge::instance()->valve()->release();
		$told = array_column( $this->told(), null, 'username' );
		self::assertCount( Valve::PER_MINUTE + 1, $told );
		self::assertSame( array( 'incorrect_password' ), $told['robin16']['error_codes'] );
		self::assertSame( 7, $told['robin16']['suppressed'] );
	}

	public function test_a_few_leave_nothing_behind(): void {
		$this->fail_to_log_in( 3 );
		$this->let_the_minute_pass();
		do_action( 'sidehook_flush' );
		self::assertCount( 3, self::$sidecar->events() );
		self::assertSame( array(), $this->rows() );
	}

	public function test_the_next_minute_tells_of_the_last_one(): void {
		$this->fail_to_log_in( Valve::PER_MINUTE + 1 );
		$this->let_the_minute_pass();
		$this->fail_to_log_in( 1 );
		self::assertSame( array( 1 ), array_values( array_filter( array_column( $this->told(), 'suppressed' ) ) ) );
	}

	public function test_several_processes_count_together(): void {
		$code = 'for ( $i = 0; $i < 10; $i++ ) do_action( "wp_login_failed", "robin", new WP_Error( "incorrect_password" ) ); $GLOBALS["wpdb"]->query( "SELECT 1" );';
		update_network_option( null, 'sidehook_url', 'http://127.0.0.1:1' );
		$started = array( $this->start_php( $code ), $this->start_php( $code ), $this->start_php( $code ) );
		foreach ( $started as $php ) {
			$this->finish_php( $php );
		}
		$counts = array_column( array_filter( $this->rows(), static fn ( array $row ): bool => 'valve' === $row['state'] ), 'attempts' );
		self::assertSame( 30, array_sum( $counts ) );
		$allowed = array_map( static fn ( string $count ): int => min( Valve::PER_MINUTE, (int) $count ), $counts );
		self::assertCount( array_sum( $allowed ), $this->told(), 'each knows which one of all it is' );
	}

	/** Both have come to count when neither has, in a minute that does not end meanwhile. */
	public function test_of_two_that_come_at_the_same_time_when_one_is_left_one_goes_through(): void {
		global $wpdb;
		update_network_option( null, 'sidehook_url', 'http://127.0.0.1:1' );
		$minute = sprintf( 'SET timestamp = %d', time() );
		$wpdb->query( $minute );
		$this->fail_to_log_in( Valve::PER_MINUTE - 1 );
		$other = ( new \wpdb( DB_USER, DB_PASSWORD, DB_NAME, DB_HOST ) )->dbh;
		mysqli_begin_transaction( $other );
		mysqli_query( $other, "SELECT id FROM {$this->table()} WHERE event_id LIKE 'valve%' FOR UPDATE" );
		$code    = '$GLOBALS["wpdb"]->query( "' . $minute . '" ); do_action( "wp_login_failed", "robin", new WP_Error( "incorrect_password" ) );';
		$started = array( $this->start_php( $code ), $this->start_php( $code ) );
		$this->wait_until( fn (): bool => '2' === $wpdb->get_var( "SELECT COUNT(*) FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND info LIKE '%{$this->table()}%'" ), 'two at the same time' );
		mysqli_commit( $other );
		array_map( $this->finish_php( ... ), $started );
		$wpdb->query( 'SET timestamp = DEFAULT' );
		self::assertSame( array( (string) ( Valve::PER_MINUTE + 1 ) ), array_column( array_filter( $this->rows(), static fn ( array $row ): bool => 'valve' === $row['state'] ), 'attempts' ) );
		self::assertCount( Valve::PER_MINUTE, $this->told() );
	}

	public function test_what_was_counted_and_is_no_longer_wanted_is_not_told(): void {
		$this->fail_to_log_in( Valve::PER_MINUTE + 1 );
		$this->let_the_minute_pass();
		Bridge::instance()->wanted()->learn( array( 'wanted' => array( 'site_*' ) ) );
		Bridge::instance()->valve()->release();
		self::assertCount( Valve::PER_MINUTE, $this->rows() );
	}

	public function test_nobody_counts_what_nobody_wants(): void {
		Bridge::instance()->wanted()->learn( array( 'wanted' => array( 'site_*' ) ) );
		$this->fail_to_log_in( 3 );
		self::assertSame( array(), $this->rows() );
	}

	/** As another process does it that has looked at the same moment. */
	public function test_two_processes_that_end_the_same_minute_tell_of_it_once(): void {
		$this->fail_to_log_in( Valve::PER_MINUTE + 7 );
		$this->let_the_minute_pass();
		$ids = array();
		$this->just_before(
			"SET state = 'pending'",
			function () use ( &$ids ): void {
				Bridge::instance()->valve()->release();
				$ids = array_column( $this->rows(), 'event_id' ); // It may be on its way with this id.
			}
		);
		Bridge::instance()->valve()->release();
		self::assertCount( Valve::PER_MINUTE + 1, $ids );
		self::assertSame( $ids, array_column( $this->rows(), 'event_id' ) );
	}

	public function test_one_that_comes_while_the_minute_is_ended_is_counted(): void {
		$this->fail_to_log_in( Valve::PER_MINUTE + 7 );
		$this->let_the_minute_pass();
		$this->just_before( "SET state = 'pending'", fn () => $GLOBALS['wpdb']->query( "UPDATE {$this->table()} SET attempts = attempts + 1 WHERE state = 'valve'" ) );
		Bridge::instance()->valve()->release();
		Bridge::instance()->valve()->release();
		self::assertSame( array( 8 ), array_values( array_filter( array_column( $this->told(), 'suppressed' ) ) ) );
	}

	private function just_before( string $part_of_statement, callable $run ): void {
		$once = static function ( string $query ) use ( $part_of_statement, $run, &$once ): string {
			if ( str_contains( $query, $part_of_statement ) ) {
				remove_filter( 'query', $once );
				$run();
			}
			return $query;
		};
		add_filter( 'query', $once );
	}

	private function fail_to_log_in( int $times ): void {
		for ( $i = 0; $i < $times; $i++ ) {
			do_action( 'wp_login_failed', "robin$i", new \WP_Error( 'incorrect_password' ) );
		}
	}

	private function let_the_minute_pass(): void {
		global $wpdb;
		$wpdb->query( "UPDATE {$this->table()} SET available_at = UTC_TIMESTAMP(), event_id = CONCAT( event_id, '_past' ) WHERE state = 'valve'" );
	}

	/** @return list<array<string, mixed>> */
	private function told(): array {
		$rows = array_filter( $this->rows(), static fn ( array $row ): bool => 'pending' === $row['state'] );
		return array_values( array_map( static fn ( array $row ): array => json_decode( $row['payload'], true ), $rows ) );
	}
}
