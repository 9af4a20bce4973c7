<?php
/**
 * A stand-in for WP-CLI, which Debian does not have: what its handbook documents of the interface that Cli.php uses,
 * and nothing beside it. Loaded before WordPress, as WP-CLI is.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace WP_CLI\Utils {
	/**
	 * @param list<array<string, mixed>> $items
	 * @param list<string>               $fields
	 */
	function format_items( string $format, array $items, array $fields ): void {
		$rows = array_map( static fn ( array $item ): array => array_map( static fn ( string $field ): mixed => $item[ $field ], $fields ), $items );
		if ( 'json' === $format ) {
			echo json_encode( array_map( static fn ( array $row ): array => array_combine( $fields, $row ), $rows ) ), "\n";
			return;
		}
		foreach ( array( $fields, ...$rows ) as $row ) {
			echo implode( 'csv' === $format ? ',' : "\t", $row ), "\n";
		}
	}
}

namespace {
	define( 'WP_CLI', true );

	final class WP_CLI {

		/** @var array<string, object> */
		private static array $commands = array();

		public static function add_command( string $name, object $command ): void {
			self::$commands[ $name ] = $command;
		}

		/** @param list<string> $words What stands behind `wp`. */
		public static function run( array $words ): void {
			$args    = array();
			$options = array();
			foreach ( array_slice( $words, 2 ) as $word ) {
				if ( 1 === preg_match( '/^--([a-z-]+)(?:=(.*))?$/', $word, $found ) ) {
					$options[ $found[1] ] = $found[2] ?? true;
				} else {
					$args[] = $word;
				}
			}
			call_user_func( array( self::$commands[ $words[0] ], $words[1] ), $args, $options );
		}

		public static function error( string $message ): never {
			fwrite( STDERR, "Error: $message\n" );
			exit( 1 );
		}

		public static function halt( int $code ): never {
			exit( $code );
		}
	}
}
