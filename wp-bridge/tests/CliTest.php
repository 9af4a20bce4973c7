<?php
declare( strict_types=1 );

namespace Sidehook\Tests;

use Sidehook\Cli;

final class CliTest extends BridgeTestCase {

	/** @return array{0: int, 1: string, 2: string} Exit code, what was printed, what was complained of. */
	private function wp( string $command, string $signal = '' ): array {
		$code = sprintf( 'require "%s/wp-cli.php"; require getenv( "SIDEHOOK_TEST_ROOT" ) . "/wp-load.php"; WP_CLI::run( array_slice( $argv, 1 ) );', __DIR__ );
		$run  = proc_open(
			array( PHP_BINARY, '-d', 'error_reporting=' . ( E_ALL & ~E_DEPRECATED ), '-r', $code, '--', ...explode( ' ', $command ) ),
			array( array( 'pipe', 'r' ), array( 'pipe', 'w' ), array( 'pipe', 'w' ) ),
			$pipes,
			null,
			getenv()
		);
		if ( '' !== $signal ) {
			$this->wait_until( static fn (): bool => array() !== self::$sidecar->requests( $signal ), "asks for $signal" );
			proc_terminate( $run, SIGTERM );
		}
		$said  = (string) stream_get_contents( $pipes[1] );
		$error = (string) stream_get_contents( $pipes[2] );
		return array( proc_close( $run ), $said, $error );
	}

	/** @return list<array<string, mixed>> */
	private function json( string $command, int $expected = 0 ): array {
		list( $code, $said, $error ) = $this->wp( "$command --format=json" );
		self::assertSame( $expected, $code, "$said $error" );
		// The last line: WordPress 6.1 complains of the PHP below it in those before.
		$lines = explode( "\n", trim( $said ) );
		return json_decode( end( $lines ), true );
	}

	public function test_every_command_documents_itself_and_knows_the_formats(): void {
		foreach ( array( 'status', 'test', 'flush', 'work', 'outbox', 'import', 'doctor' ) as $name ) {
			$comment = ( new \ReflectionMethod( Cli::class, $name ) )->getDocComment();
			self::assertStringContainsString( "\t * ## OPTIONS\n", $comment, $name );
			self::assertMatchesRegularExpression( '/\[--format=<format>\].*default: table\n.*- table\n.*- json\n.*- csv\n.*- yaml\n/s', $comment, $name );
		}
	}

	public function test_status_tells_what_waits_and_no_secret(): void {
		$this->record( 3 );
		$status = array_column( $this->json( 'sidehook status' ), 'value', 'name' );
		self::assertSame( array( 3, 0, self::$sidecar->url ), array( $status['pending'], $status['dead'], $status['sidecar'] ) );
		self::assertStringNotContainsString( substr( StandIn::KEY, 6 ), $this->wp( 'sidehook status' )[1] );
		self::assertStringContainsString( "pending\t3\n", $this->wp( 'sidehook status' )[1] );
		self::assertStringContainsString( "pending,3\n", $this->wp( 'sidehook status --format=csv' )[1] );
	}

	public function test_doctor_ends_with_1_where_something_is_critical_and_says_what_to_do(): void {
		$checks = array_column( $this->json( 'sidehook doctor' ), null, 'check' );
		self::assertSame( array( 'good', 'good', 'good' ), array( $checks['table']['status'], $checks['sidecar']['status'], $checks['backlog']['status'] ) );
		$this->configure( 'http://127.0.0.1:1', StandIn::KEY );
		$checks = array_column( $this->json( 'sidehook doctor', 1 ), null, 'check' );
		self::assertSame( 'critical', $checks['sidecar']['status'] );
		self::assertStringContainsString( 'SIDEHOOK_URL', $checks['sidecar']['text'] );
	}

	public function test_test_sends_an_event_and_tells_whether_it_was_accepted(): void {
		list( $result ) = $this->json( 'sidehook test' );
		self::assertSame( 'accepted', $result['result'] );
		self::assertSame( $result['event'], self::$sidecar->events()[0]['id'] );
		self::$sidecar->answer( 'accept', array( 'reject' => array( 'sidehook.test' ) ) );
		list( $result ) = $this->json( 'sidehook test', 1 );
		self::assertSame( 'refused', $result['result'] );
		self::assertStringContainsString( 'must be nicer', $result['detail'] );
	}

	public function test_flush_sends_all_that_waits_and_ends_with_1_if_something_is_left(): void {
		$this->record( 250 );
		self::assertSame( array( array( 'sent' => 250, 'pending' => 0, 'dead' => 0 ) ), $this->json( 'sidehook flush' ) );
		self::assertCount( 250, self::$sidecar->events() );
		$this->record( 1 );
		self::$sidecar->answer( 'broken' );
		self::assertSame( 1, $this->json( 'sidehook flush', 1 )[0]['pending'] );
	}

	public function test_work_sends_what_comes_until_it_is_told_to_stop(): void {
		$this->record( 2 );
		list( $code, $said ) = $this->wp( 'sidehook work --format=json', '/v1/events' );
		self::assertSame( 0, $code );
		self::assertStringContainsString( '[{"sent":2}]', $said );
		self::assertSame( array(), $this->rows() );
	}

	public function test_work_ends_when_its_time_is_over(): void {
		self::assertSame( array( array( 'sent' => 0 ) ), $this->json( 'sidehook work --time-limit=0' ) );
	}

	public function test_outbox_lists_and_lets_go_again_or_removes_only_what_was_refused_for_good(): void {
		self::$sidecar->answer( 'accept', array( 'reject' => array( 'test_event' ) ) );
		$this->record( 2 );
		$this->json( 'sidehook flush' );
		$this->record( 1 );
		$dead = $this->json( 'sidehook outbox list --state=dead' );
		self::assertCount( 2, $dead );
		self::assertStringContainsString( 'must be nicer', $dead[0]['last_error'] );
		self::assertCount( 3, $this->json( 'sidehook outbox list' ) );
		self::assertCount( 1, $this->json( 'sidehook outbox list --limit=1' ) );
		self::assertSame( array( array( 'waiting_again' => 1 ) ), $this->json( "sidehook outbox retry {$dead[0]['event']}" ) );
		self::assertSame( array( array( 'removed' => 1 ) ), $this->json( 'sidehook outbox purge' ) );
		self::assertSame( array( 'pending', 'pending' ), array_column( $this->rows(), 'state' ) );
		self::assertSame( array(), $this->json( 'sidehook outbox list --state=dead' ) );
		self::assertSame( 1, $this->wp( 'sidehook outbox burn' )[0] );
	}

	public function test_import_takes_nothing_over_while_ultimate_multisite_would_go_on_sending(): void {
		list( $code, , $error ) = $this->wp( 'sidehook import' );
		self::assertSame( 1, $code );
		self::assertStringContainsString( 'SIDEHOOK_MODE', $error );
	}
}
