<?php
/**
 * The commands `wp sidehook …`, as WP-CLI calls them.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

use WP_CLI;

/**
 * Sends the events of the network to the Sidehook sidecar, and tells how that goes.
 */
final class Cli {

	private const WORK_PAUSE_MICROSECONDS = 1000000;

	private readonly Console $console;

	private bool $is_stopped = false;

	public function __construct( Bridge $bridge ) {
		$this->console = new Console( $bridge );
	}

	/**
	 * Shows how the bridge is set up and what waits.
	 *
	 * ## OPTIONS
	 *
	 * [--format=<format>]
	 * : table, json, csv or yaml.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 *   - csv
	 *   - yaml
	 * ---
	 *
	 * @param list<string>          $args    Nothing.
	 * @param array<string, string> $options As above.
	 */
	public function status( array $args, array $options ): void {
		self::print( $this->console->status(), $options );
	}

	/**
	 * Checks everything and says what to do. Ends with 1 if something is critical.
	 *
	 * ## OPTIONS
	 *
	 * [--format=<format>]
	 * : table, json, csv or yaml.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 *   - csv
	 *   - yaml
	 * ---
	 *
	 * @param list<string>          $args    Nothing.
	 * @param array<string, string> $options As above.
	 */
	public function doctor( array $args, array $options ): void {
		$rows = $this->console->doctor();
		self::print( $rows, $options );
		self::end( ! in_array( 'critical', array_column( $rows, 'status' ), true ) );
	}

	/**
	 * Sends a test event. Ends with 1 unless the sidecar has accepted it.
	 *
	 * ## OPTIONS
	 *
	 * [--format=<format>]
	 * : table, json, csv or yaml.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 *   - csv
	 *   - yaml
	 * ---
	 *
	 * @param list<string>          $args    Nothing.
	 * @param array<string, string> $options As above.
	 */
	public function test( array $args, array $options ): void {
		$result = $this->console->test();
		self::print( array( $result ), $options );
		self::end( 'accepted' === $result['result'] );
	}

	/**
	 * Sends what waits in the outbox. Ends with 1 if something is left.
	 *
	 * ## OPTIONS
	 *
	 * [--time-limit=<seconds>]
	 * : Begins no further batch after so many seconds.
	 * ---
	 * default: 60
	 * ---
	 *
	 * [--format=<format>]
	 * : table, json, csv or yaml.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 *   - csv
	 *   - yaml
	 * ---
	 *
	 * @param list<string>          $args    Nothing.
	 * @param array<string, string> $options As above.
	 */
	public function flush( array $args, array $options ): void {
		$result = $this->console->flush( (float) ( $options['time-limit'] ?? 60 ) );
		self::print( array( $result ), $options );
		self::end( 0 === $result['pending'] );
	}

	/**
	 * Sends events as they come, for a service that is started again when it ends.
	 *
	 * ## OPTIONS
	 *
	 * [--time-limit=<seconds>]
	 * : Ends after so many seconds, so that new code is loaded.
	 * ---
	 * default: 3600
	 * ---
	 *
	 * [--format=<format>]
	 * : table, json, csv or yaml: how the sum is told at the end.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 *   - csv
	 *   - yaml
	 * ---
	 *
	 * @param list<string>          $args    Nothing.
	 * @param array<string, string> $options As above.
	 */
	public function work( array $args, array $options ): void {
		$this->stop_when_told();
		$deadline = microtime( true ) + (float) ( $options['time-limit'] ?? 3600 );
		$sent     = 0;
		while ( ! $this->is_stopped && microtime( true ) < $deadline ) {
			$now   = $this->console->work_once();
			$sent += $now;
			if ( 0 === $now ) {
				usleep( self::WORK_PAUSE_MICROSECONDS ); // A signal ends it early.
			}
		}
		self::print( array( array( 'sent' => $sent ) ), $options );
	}

	/**
	 * Shows events of the outbox; sends or removes those that were refused for good.
	 *
	 * ## OPTIONS
	 *
	 * <action>
	 * : list, retry or purge.
	 * ---
	 * options:
	 *   - list
	 *   - retry
	 *   - purge
	 * ---
	 *
	 * [<event>]
	 * : For retry and purge: id of one event. Left out: all that were refused for good.
	 *
	 * [--state=<state>]
	 * : For list: pending or dead. Left out: both.
	 *
	 * [--limit=<number>]
	 * : For list: how many, the oldest first.
	 * ---
	 * default: 100
	 * ---
	 *
	 * [--format=<format>]
	 * : table, json, csv or yaml.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 *   - csv
	 *   - yaml
	 * ---
	 *
	 * @param list<string>          $args    Action and event.
	 * @param array<string, string> $options As above.
	 */
	public function outbox( array $args, array $options ): void {
		$event = $args[1] ?? null;
		self::print(
			match ( $args[0] ?? '' ) {
				'list'  => $this->console->list_outbox( $options['state'] ?? null, (int) ( $options['limit'] ?? 100 ) ),
				'retry' => array( array( 'waiting_again' => $this->console->retry_outbox( $event ) ) ),
				'purge' => array( array( 'removed' => $this->console->purge_outbox( $event ) ) ),
				default => WP_CLI::error( 'Say list, retry or purge.' ),
			},
			$options,
			array( 'id', 'event', 'type', 'site', 'occurred_at', 'state', 'attempts', 'last_error' )
		);
	}

	/**
	 * Takes over the webhooks of Ultimate Multisite. Ends with 1 if one was not taken.
	 *
	 * ## OPTIONS
	 *
	 * [--dry-run]
	 * : Says what would become of each, and changes nothing.
	 *
	 * [--format=<format>]
	 * : table, json, csv or yaml.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 *   - csv
	 *   - yaml
	 * ---
	 *
	 * @param list<string>                      $args    Nothing.
	 * @param array<string, string|bool> $options As above.
	 */
	public function import( array $args, array $options ): void {
		$result = $this->console->import( isset( $options['dry-run'] ) );
		self::print( $result['rows'], $options, array( 'webhook', 'status', 'detail' ) );
		if ( null !== $result['failure'] ) {
			WP_CLI::error( $result['failure'] );
		}
		self::end( ! in_array( 'not taken', array_column( $result['rows'], 'status' ), true ) );
	}

	private function stop_when_told(): void {
		if ( function_exists( 'pcntl_async_signals' ) ) {
			pcntl_async_signals( true );
			$stop = function (): void {
				$this->is_stopped = true;
			};
			pcntl_signal( SIGTERM, $stop );
			pcntl_signal( SIGINT, $stop );
		}
	}

	/**
	 * @param list<array<string, int|string>> $rows
	 * @param array<string, string|bool>      $options
	 * @param list<string>                    $fields  Heads of a table that may be empty.
	 */
	private static function print( array $rows, array $options, array $fields = array() ): void {
		WP_CLI\Utils\format_items( $options['format'] ?? 'table', $rows, array_keys( $rows[0] ?? array_flip( $fields ) ) );
	}

	private static function end( bool $is_well ): void {
		if ( ! $is_well ) {
			WP_CLI::halt( 1 );
		}
	}
}
