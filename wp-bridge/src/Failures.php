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
			self::note_thrown( $failure );
		}
	}

	public static function note_thrown( \Throwable $failure ): void {
		self::note( sprintf( '%s in %s:%d', $failure->getMessage(), basename( $failure->getFile() ), $failure->getLine() ) );
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

	/** One line in PHP's error log. */
	public static function log( string $message ): void {
		// phpcs:ignore WordPress.PHP.DevelopmentFunctions.error_log_error_log -- the one place an operator looks for it.
		error_log( 'Sidehook: ' . strtr( $message, "\r\n", '  ' ) );
	}

	/** Also what is no exception, but has to be seen by the network admin. */
	public static function note( string $message ): void {
		self::log( $message );
		if ( Table::is_away() ) {
			return; // WordPress would wait for the database, and then end the page.
		}
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
