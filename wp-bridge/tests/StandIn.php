<?php
/**
 * The stand-in sidecar as the tests hold it.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Tests;

final class StandIn {

	public const KEY = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';

	/** @var resource */
	private $process;

	/** @var array<int, resource> */
	private array $pipes = array();

	public readonly string $url;

	public function __construct() {
		$this->process = proc_open(
			array( (string) getenv( 'SIDEHOOK_TEST_NODE' ), __DIR__ . '/stand-in.mjs', self::KEY ),
			array( array( 'pipe', 'r' ), array( 'pipe', 'w' ), STDERR ),
			$this->pipes
		);
		$this->url = 'http://127.0.0.1:' . trim( (string) fgets( $this->pipes[1] ) );
	}

	public function stop(): void {
		fclose( $this->pipes[0] );
		proc_close( $this->process );
	}

	/** Forgets what came before; answers like this from now on. */
	public function answer( string $how, array $more = array() ): void {
		$this->control( 'POST', (string) json_encode( array( 'answer' => $how ) + $more ) );
	}

	/** @return list<array{method: string, url: string, headers: array<string, string>, body: string, isSigned: bool}> */
	public function requests( string $url = '/v1/events' ): array {
		$requests = json_decode( $this->control( 'GET', '' ), true )['requests'];
		return array_values( array_filter( $requests, static fn ( array $request ): bool => $request['url'] === $url ) );
	}

	/** @return list<array<string, mixed>> Events of all requests, in the order they came. */
	public function events(): array {
		return array_merge( ...array_map( static fn ( array $request ): array => json_decode( $request['body'], true )['events'], $this->requests() ) );
	}

	private function control( string $method, string $body ): string {
		$options = array(
			'method'  => $method,
			'header'  => 'content-type: application/json',
			'content' => $body,
			'timeout' => 5,
		);
		return (string) file_get_contents( "{$this->url}/control", false, stream_context_create( array( 'http' => $options ) ) );
	}
}
