<?php
/**
 * The state of the bridge in numbers and short words: for support, and for scripts.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class Status {

	public function __construct( private readonly Bridge $bridge ) {}

	/** @return array<string, int|string> Without a secret. */
	public function read(): array {
		$breaker  = $this->bridge->breaker()->state();
		$failures = Failures::summary();
		return array(
			'version'    => Bridge::VERSION,
			'mode'       => $this->bridge->config()->mode(),
			'sidecar'    => $this->bridge->config()->url(),
			'configured' => null === $this->bridge->config()->problem() ? 'yes' : 'no',
		) + $this->bridge->outbox()->summary() + array(
			'full'       => $this->bridge->capacity()->state()['level'],
			'spooled'    => $this->bridge->spool()->count(),
			'wanted'     => $this->bridge->wanted()->describe(),
			'groups_off' => implode( ', ', $this->bridge->groups()->list_off() ),
			'failing'    => $breaker['failures'],
			'last_error' => $breaker['reason'],
			'faults'     => $failures['count'],
			'php'        => PHP_VERSION . ' ' . PHP_SAPI,
			'sends'      => Forwarder::can_let_go() ? 'after the page' : 'with the page, or by cron',
			'curl'       => function_exists( 'curl_version' ) ? 'yes' : 'no',
		);
	}
}
