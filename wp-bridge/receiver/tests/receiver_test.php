<?php
/**
 * Run with: phpunit wp-bridge/receiver/tests/receiver_test.php
 *
 * @package Sidehook
 */

declare( strict_types=1 );

use PHPUnit\Framework\TestCase;
use Sidehook\Receiver\Event;
use Sidehook\Receiver\FolderStore;
use Sidehook\Receiver\Refused;
use Sidehook\Receiver\Request;

use function Sidehook\Receiver\receive;
use function Sidehook\Receiver\receive_once;
use function Sidehook\Receiver\verify;
use const Sidehook\Receiver\MAX_BODY_BYTES;

require_once __DIR__ . '/../sidehook-receiver.php';

final class Receiver_Test extends TestCase {

	private const SECRET = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';

	private const NOW = 1795305046;

	private string $folder;

	protected function setUp(): void {
		$this->folder = sys_get_temp_dir() . '/sidehook-receiver-' . bin2hex( random_bytes( 6 ) );
	}

	protected function tearDown(): void {
		array_map( 'unlink', glob( $this->folder . '/{.lock,*}', GLOB_BRACE ) );
		if ( is_dir( $this->folder ) ) {
			rmdir( $this->folder );
		}
	}

	/** @dataProvider vectors */
	public function test_answers_as_every_other_suite_to_a_signature( array $vector ): void {
		$request = new Request( $vector['headers'], $vector['body'], $vector['now'] );
		try {
			verify( $vector['secrets'], $request );
			$answer = 'valid';
		} catch ( Refused $refused ) {
			$answer = $refused->problem;
			$this->assertSame( 401, $refused->status );
		} catch ( InvalidArgumentException ) {
			$answer = 'bad-secret';
		}
		$this->assertSame( $vector['expected'], $answer );
	}

	public function vectors(): iterable {
		foreach ( self::fixture( 'signatures.json' )['verify'] as $vector ) {
			yield $vector['name'] => array( $vector );
		}
	}

	/** @dataProvider fields */
	public function test_normalises_as_every_other_suite( array $field ): void {
		$event = new Event( 'evt_1', $field['type'], array( $field['name'] => $field['sent'] ), '', false );
		$this->assertSame( array( $field['name'] => $field['normalized'] ), $event->normalized() );
	}

	public function fields(): iterable {
		foreach ( self::fixture( 'normalize.json' )['fields'] as $field ) {
			yield "{$field['type']} {$field['name']} " . json_encode( $field['sent'] ) => array( $field );
		}
	}

	public function test_an_event_has_id_type_payload_and_text(): void {
		$body  = (string) file_get_contents( self::fixtures() . 'ultimate-multisite/payment_received.json' );
		$event = receive( self::SECRET, null, self::request( $body, array( 'sidehook-test' => 'true' ) ) );
		$this->assertSame( array( 'evt_1', 'payment_received', $body, true ), array( $event->id, $event->type, $event->text, $event->is_test ) );
		$this->assertSame( json_decode( $body, true ), $event->payload );
		$this->assertSame( 4, $event->normalized()['customer_id'] );
		$this->assertSame( '0.00', $event->normalized()['payment_total_raw'] );
		$this->assertSame( array_keys( $event->payload ), array_keys( $event->normalized() ) );
	}

	/** @dataProvider wrapped */
	public function test_finds_the_event_in_every_format( string $body ): void {
		$event = receive( self::SECRET, null, self::request( $body ) );
		$this->assertSame( 'wp_logout', $event->type );
		$this->assertSame( array( 'user_id' => 9 ), $event->payload );
	}

	public function wrapped(): array {
		return array(
			'envelope'    => array( '{"type":"wp_logout","timestamp":"2026-11-21T23:50:46Z","data":{"user_id":9},"context":{}}' ),
			'cloudevents' => array( '{"specversion":"1.0","id":"evt_1","type":"wp_logout","data":{"user_id":9}}' ),
		);
	}

	/** @dataProvider bad_bodies */
	public function test_refuses_what_it_cannot_read( string $body, array $headers, int $status ): void {
		try {
			receive( self::SECRET, null, self::request( $body, $headers ) );
			$this->fail( 'it was received' );
		} catch ( Refused $refused ) {
			$this->assertSame( $status, $refused->status );
			$this->assertStringNotContainsString( self::SECRET, $refused->getMessage() );
		}
	}

	public function bad_bodies(): array {
		return array(
			'no JSON'       => array( '{', array(), 400 ),
			'a list'        => array( '[]', array(), 400 ),
			'nothing'       => array( '', array(), 400 ),
			'no UTF-8'      => array( "{\"a\":\"\xff\"}", array(), 400 ),
			'no event type' => array( '{}', array( 'sidehook-event' => '' ), 400 ),
			'too large'     => array( str_repeat( ' ', MAX_BODY_BYTES + 1 ), array(), 413 ),
		);
	}

	public function test_takes_a_payload_that_is_nested_as_deep_as_one_may_be(): void {
		$payload = str_repeat( '{"a":', 511 ) . '{}' . str_repeat( '}', 511 );
		$body    = '{"type":"a","timestamp":"2026-11-21T23:50:46Z","data":' . $payload . ',"context":{}}';
		$this->assertSame( 'a', receive( self::SECRET, null, self::request( $body ) )->type );
	}

	public function test_receive_refuses_an_event_that_comes_again(): void {
		$store = new FolderStore( $this->folder );
		receive( self::SECRET, $store, self::request( '{}' ) );
		$this->expectExceptionCode( 409 );
		receive( self::SECRET, $store, self::request( '{}' ) );
	}

	public function test_receive_once_handles_an_event_once(): void {
		$count  = 0;
		$handle = function () use ( &$count ): void {
			++$count;
		};
		$store  = new FolderStore( $this->folder );
		$this->assertTrue( receive_once( self::SECRET, $store, $handle, self::request( '{}' ) ) );
		$this->assertFalse( receive_once( self::SECRET, $store, $handle, self::request( '{}' ) ) );
		$this->assertSame( 1, $count );
	}

	public function test_receive_once_lets_the_next_attempt_in_when_handling_failed(): void {
		$store = new FolderStore( $this->folder );
		try {
			receive_once( self::SECRET, $store, fn () => throw new LogicException( 'the list is away' ), self::request( '{}' ) );
			$this->fail( 'nothing was thrown' );
		} catch ( LogicException ) {
			$this->assertTrue( receive_once( self::SECRET, $store, fn () => null, self::request( '{}' ) ) );
		}
	}

	public function test_receive_once_refuses_an_event_that_is_being_handled(): void {
		$store = new FolderStore( $this->folder );
		$this->expectExceptionCode( 409 );
		receive_once(
			self::SECRET,
			$store,
			fn () => receive_once( self::SECRET, $store, fn () => null, self::request( '{}' ) ),
			self::request( '{}' )
		);
	}

	public function test_a_claim_ends_and_its_file_is_swept_away(): void {
		$store = new FolderStore( $this->folder );
		$this->assertInstanceOf( Closure::class, $store->claim( 'a', 60 ) );
		$this->assertSame( 'claimed', $store->claim( 'a', 60 ) );
		touch( $this->folder . '/' . hash( 'sha256', 'a' ), time() - 1 );
		touch( $this->folder . '/.lock', time() - 4000 );
		$this->assertInstanceOf( Closure::class, $store->claim( 'b', 60 ) );
		$this->assertCount( 1, glob( $this->folder . '/*' ) );
		$this->assertInstanceOf( Closure::class, $store->claim( 'a', 60 ) );
	}

	public function test_one_of_many_processes_gets_each_claim(): void {
		$code    = <<<'PHP'
			require $argv[1];
			$store = new Sidehook\Receiver\FolderStore( $argv[2] );
			$wins  = 0;
			for ( $id = 0; $id < 500; ++$id ) {
				$wins += is_string( $store->claim( "evt_$id", 60 ) ) ? 0 : 1;
			}
			echo $wins;
		PHP;
		$command = array( PHP_BINARY, '-r', $code, __DIR__ . '/../sidehook-receiver.php', $this->folder );
		$pipes   = array();
		$started = array();
		for ( $i = 0; $i < 4; ++$i ) {
			$started[ $i ] = proc_open( $command, array( 1 => array( 'pipe', 'w' ) ), $pipes[ $i ] );
		}
		$wins = array_sum( array_map( fn ( $each ) => (int) stream_get_contents( $each[1] ), $pipes ) );
		array_map( 'proc_close', $started );
		$this->assertSame( 500, $wins );
	}

	public function test_the_request_php_is_answering_is_read_from_its_headers(): void {
		$_SERVER['HTTP_WEBHOOK_ID'] = 'evt_7';
		$this->assertSame( 'evt_7', Request::current()->header( 'webhook-id' ) );
		unset( $_SERVER['HTTP_WEBHOOK_ID'] );
	}

	private static function request( string $body, array $headers = array() ): Request {
		$key       = base64_decode( substr( self::SECRET, 6 ) );
		$signature = base64_encode( hash_hmac( 'sha256', 'evt_1.' . self::NOW . ".$body", $key, true ) );
		return new Request(
			$headers + array(
				'Webhook-Id'        => 'evt_1',
				'Webhook-Timestamp' => (string) self::NOW,
				'Webhook-Signature' => "v1,$signature",
				'sidehook-event'    => 'payment_received',
			),
			$body,
			self::NOW
		);
	}

	private static function fixtures(): string {
		return __DIR__ . '/../../../libs/events/fixtures/';
	}

	private static function fixture( string $name ): array {
		return json_decode( (string) file_get_contents( self::fixtures() . $name ), true, 512, JSON_THROW_ON_ERROR );
	}
}
