<?php
/**
 * Someone at the network's web server, with cookies of their own.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Tests;

final class Browser {

	private const PASSWORD = 'correct-horse-battery';

	private \CurlHandle $handle;

	/** Seconds the last request took. */
	public float $seconds = 0;

	public int $status = 0;

	/** Where the last answer led that was not followed; the last address otherwise. */
	public string $location = '';

	/** @var list<array{string, string}> Names in lower case, and values. */
	private array $received = array();

	public function __construct() {
		$this->handle = curl_init();
		curl_setopt_array(
			$this->handle,
			array(
				CURLOPT_RETURNTRANSFER => true,
				CURLOPT_COOKIEFILE     => '',
				CURLOPT_TIMEOUT        => 30,
				CURLOPT_FOLLOWLOCATION => true,
				CURLOPT_PROTOCOLS      => CURLPROTO_HTTP,
				CURLOPT_HEADERFUNCTION => $this->keep_header( ... ),
			)
		);
	}

	public static function of( string $login ): self {
		$browser = new self();
		$browser->get( '/wp-login.php' );
		$browser->post( '/wp-login.php', array( 'log' => $login, 'pwd' => self::PASSWORD, 'testcookie' => '1' ) );
		return $browser;
	}

	public function get( string $path ): string {
		curl_setopt( $this->handle, CURLOPT_HTTPGET, true );
		return $this->request( $path );
	}

	/** @param array<string, string|list<string>> $fields */
	public function post( string $path, array $fields ): string {
		curl_setopt( $this->handle, CURLOPT_POSTFIELDS, http_build_query( $fields ) );
		return $this->request( $path );
	}

	/**
	 * One request as it is given; where it leads is not followed.
	 *
	 * @param ?string      $body    Sent as it is; null for a GET.
	 * @param list<string> $headers
	 */
	public function send( string $path, ?string $body = null, array $headers = array() ): string {
		curl_setopt_array( $this->handle, array( CURLOPT_FOLLOWLOCATION => false, CURLOPT_HTTPHEADER => $headers ) );
		null === $body ? curl_setopt( $this->handle, CURLOPT_HTTPGET, true ) : curl_setopt( $this->handle, CURLOPT_POSTFIELDS, $body );
		$answer = $this->request( $path );
		curl_setopt_array( $this->handle, array( CURLOPT_FOLLOWLOCATION => true, CURLOPT_HTTPHEADER => array() ) );
		return $answer;
	}

	/** @return list<string> Of the last answer. */
	public function headers( string $name ): array {
		return array_column( array_filter( $this->received, static fn ( array $header ): bool => $header[0] === $name ), 1 );
	}

	/** Presses a button of a page as it was printed, nonce and all. */
	public function press( string $html, string $action ): string {
		preg_match( '/value="' . $action . '">.*?name="_wpnonce" value="([^"]+)"/s', $html, $found );
		return $this->post( '/wp-admin/admin-post.php', array( 'action' => $action, '_wpnonce' => $found[1] ?? 'no button' ) );
	}

	private function request( string $path ): string {
		$this->received = array();
		curl_setopt( $this->handle, CURLOPT_URL, 'http://' . DOMAIN_CURRENT_SITE . $path );
		$html          = (string) curl_exec( $this->handle );
		$this->seconds = curl_getinfo( $this->handle, CURLINFO_TOTAL_TIME );
		$this->status  = curl_getinfo( $this->handle, CURLINFO_RESPONSE_CODE );
		$this->location = $this->headers( 'location' )[0] ?? curl_getinfo( $this->handle, CURLINFO_EFFECTIVE_URL );
		return $html;
	}

	private function keep_header( \CurlHandle $handle, string $line ): int {
		if ( str_contains( $line, ':' ) ) {
			list( $name, $value ) = explode( ':', $line, 2 );
			$this->received[]     = array( strtolower( $name ), trim( $value ) );
		}
		return strlen( $line );
	}
}
