<?php
declare( strict_types=1 );

namespace Sidehook\Tests;

use PHPUnit\Framework\TestCase;
use Sidehook\Signature;

/** The vectors are the ones every suite reads. */
final class SignatureTest extends TestCase {

	public function provide_signed(): iterable {
		foreach ( self::vectors()['sign'] as $vector ) {
			yield $vector['name'] => array( $vector );
		}
	}

	public function provide_verified(): iterable {
		foreach ( self::vectors()['verify'] as $vector ) {
			yield $vector['name'] => array( $vector );
		}
	}

	/** @dataProvider provide_signed */
	public function test_signs_as_everybody_else_does( array $vector ): void {
		self::assertTrue( Signature::is_secret( $vector['secret'] ) );
		self::assertSame( $vector['signature'], Signature::sign( $vector['secret'], $vector['id'], $vector['timestamp'], $vector['body'] ) );
	}

	/** @dataProvider provide_verified */
	public function test_trusts_what_everybody_else_trusts( array $vector ): void {
		$headers  = array_change_key_case( $vector['headers'] ) + array_fill_keys( array( 'webhook-id', 'webhook-timestamp', 'webhook-signature' ), '' );
		$is_valid = Signature::verify(
			$vector['secrets'],
			$headers['webhook-id'],
			$headers['webhook-timestamp'],
			$headers['webhook-signature'],
			$vector['body'],
			$vector['now']
		);
		self::assertSame( 'valid' === $vector['expected'], $is_valid );
	}

	private static function vectors(): array {
		return json_decode( (string) file_get_contents( dirname( __DIR__, 2 ) . '/libs/events/fixtures/signatures.json' ), true, 512, JSON_THROW_ON_ERROR );
	}
}
