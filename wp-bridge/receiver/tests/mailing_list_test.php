<?php
/**
 * Run with: phpunit wp-bridge/receiver/tests/mailing_list_test.php
 *
 * @package Sidehook
 */

declare( strict_types=1 );

use PHPUnit\Framework\TestCase;

/** The example on a real server, with another one that stands for the provider of the list. */
final class Mailing_List_Test extends TestCase {

	private const SECRET = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';

	private const USER = '{"user_id":9,"login":"robin","email":"robin@example.com","display_name":"Robin Example","registered":"2026-11-21T23:45:35Z"}';

	/** @var resource[] */
	private array $servers = array();

	private string $folder;

	private string $url;

	protected function setUp(): void {
		$this->folder = sys_get_temp_dir() . '/sidehook-list-' . bin2hex( random_bytes( 6 ) );
		mkdir( $this->folder );
		file_put_contents(
			"{$this->folder}/provider.php",
			'<?php file_put_contents( __DIR__ . "/members", $_SERVER["HTTP_AUTHORIZATION"] . " " . file_get_contents( "php://input" ) . "\n", FILE_APPEND ); http_response_code( is_file( __DIR__ . "/down" ) ? 503 : 201 );'
		);
		$provider  = $this->serve( "{$this->folder}/provider.php", array() );
		$this->url = $this->serve(
			__DIR__ . '/../examples/mailing-list.php',
			array(
				'WEBHOOK_SECRET' => self::SECRET,
				'LIST_URL'       => $provider,
				'LIST_KEY'       => 'key',
				'STORE_FOLDER'   => "{$this->folder}/received",
			)
		);
	}

	protected function tearDown(): void {
		foreach ( $this->servers as $server ) {
			proc_terminate( $server );
			proc_close( $server );
		}
		array_map( 'unlink', array_filter( glob( "{$this->folder}/{*,received/.lock,received/*}", GLOB_BRACE ), 'is_file' ) );
		@rmdir( "{$this->folder}/received" );
		rmdir( $this->folder );
	}

	public function test_a_new_user_gets_onto_the_list_once_with_name_and_address(): void {
		$this->assertSame( 204, $this->post( 'evt_1', 'wp_user_created' ) );
		$this->assertSame( 204, $this->post( 'evt_1', 'wp_user_created' ) );
		$this->assertSame( array( 'Bearer key {"email":"robin@example.com","name":"Robin Example"}' ), $this->members() );
	}

	public function test_an_event_that_the_list_refused_gets_onto_it_by_the_next_attempt(): void {
		touch( "{$this->folder}/down" );
		$this->assertSame( 500, $this->post( 'evt_1', 'wp_user_created' ) );
		unlink( "{$this->folder}/down" );
		$this->assertSame( 204, $this->post( 'evt_1', 'wp_user_created' ) );
		$this->assertCount( 2, $this->members() );
	}

	public function test_nothing_else_gets_onto_the_list(): void {
		$this->assertSame( 204, $this->post( 'evt_1', 'wp_user_deleted' ) );
		$this->assertSame( 401, $this->post( 'evt_2', 'wp_user_created', 'v1,AAAA' ) );
		$this->assertSame( array(), $this->members() );
	}

	private function members(): array {
		$file = "{$this->folder}/members";
		return is_file( $file ) ? file( $file, FILE_IGNORE_NEW_LINES ) : array();
	}

	private function post( string $id, string $type, ?string $signature = null ): int {
		$time      = time();
		$key       = base64_decode( substr( self::SECRET, 6 ) );
		$signature = $signature ?? 'v1,' . base64_encode( hash_hmac( 'sha256', "$id.$time." . self::USER, $key, true ) );
		$headers   = array( "webhook-id: $id", "webhook-timestamp: $time", "webhook-signature: $signature", "sidehook-event: $type", 'content-type: application/json' );
		$http      = array(
			'method'        => 'POST',
			'header'        => $headers,
			'content'       => self::USER,
			'ignore_errors' => true,
		);
		file_get_contents( $this->url, false, stream_context_create( array( 'http' => $http ) ) );
		return (int) explode( ' ', $http_response_header[0] )[1];
	}

	/** Starts PHP's own server with a script for every request; answers its URL. */
	private function serve( string $script, array $environment ): string {
		$socket  = stream_socket_server( 'tcp://127.0.0.1:0' );
		$address = stream_socket_get_name( $socket, false );
		fclose( $socket );
		$null            = array( 'file', '/dev/null', 'w' );
		$this->servers[] = proc_open( array( PHP_BINARY, '-S', $address, $script ), array( 1 => $null, 2 => $null ), $pipes, null, $environment );
		for ( $tries = 0; $tries < 500 && ! @fsockopen( "tcp://$address" ); ++$tries ) {
			usleep( 10_000 );
		}
		return "http://$address";
	}
}
