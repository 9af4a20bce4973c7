<?php
/**
 * What went wrong inside the bridge: noted, never passed on.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class Failures {

	private const OPTION = 'sidehook_failures';

	/** Runs something whose failure must not become the failure of the page. */
	public static function guard( \Closure $run ): void {
		try {
			$run();
		} catch ( \Throwable $failure ) {
			self::note( $failure );
		}
	}

	/** @return array{count: int, message: string, at: int} How often, and the last one. */
	public static function summary(): array {
		$known = get_network_option( null, self::OPTION );
		return is_array( $known ) ? $known : array(
			'count'   => 0,
			'message' => '',
			'at'      => 0,
		);
	}

	private static function note( \Throwable $failure ): void {
		$message = sprintf( '%s in %s:%d', $failure->getMessage(), basename( $failure->getFile() ), $failure->getLine() );
		// phpcs:ignore WordPress.PHP.DevelopmentFunctions.error_log_error_log -- the one place an operator looks for it.
		error_log( 'Sidehook: ' . strtr( $message, "\r\n", '  ' ) );
		try {
			update_network_option(
				null,
				self::OPTION,
				array(
					'count'   => self::summary()['count'] + 1,
					'message' => mb_substr( $message, 0, 300 ),
					'at'      => time(),
				)
			);
		} catch ( \Throwable ) {
			return; // The database itself is what fails: the error log has it.
		}
	}
}
