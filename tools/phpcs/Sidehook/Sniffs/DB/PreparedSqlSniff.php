<?php
/**
 * Values come into a statement by prepare() alone; only names of tables and lists of marks stand in its text.
 */

declare( strict_types=1 );

namespace Sidehook\Sniffs\DB;

use PHP_CodeSniffer\Files\File;
use PHP_CodeSniffer\Sniffs\Sniff;

final class PreparedSqlSniff implements Sniff {

	private const METHODS = array( 'query', 'get_var', 'get_row', 'get_col', 'get_results', 'prepare' );

	/** Names of tables, whole numbers that were joined, and what is made of "%s" and "%d" alone. */
	private const HARMLESS = '/^(\$wpdb->\w+|\{\$wpdb->\w+\}|\{\$[\w>-]+->(name|by_id)\(\)\}|\{\$wpdb->get_charset_collate\(\)\}|\{\$this->join\( \$ids \)\}|\$(table|outbox|originals|marks|likes))$/';

	public function register() {
		return array( T_VARIABLE );
	}

	public function process( File $file, $at ) {
		$tokens = $file->getTokens();
		if ( '$wpdb' !== $tokens[ $at ]['content'] || T_OBJECT_OPERATOR !== $tokens[ $at + 1 ]['code'] || ! in_array( $tokens[ $at + 2 ]['content'], self::METHODS, true ) ) {
			return;
		}
		$open  = $file->findNext( T_WHITESPACE, $at + 3, null, true );
		$first = $file->findNext( T_WHITESPACE, $open + 1, null, true );
		if ( T_OPEN_PARENTHESIS === $tokens[ $open ]['code'] ) {
			$this->check( $file, $first, $tokens[ $open ]['parenthesis_closer'] );
		}
	}

	/** The first argument: up to a comma. */
	private function check( File $file, int $at, int $to ): void {
		$tokens = $file->getTokens();
		for ( ; $at < $to && T_COMMA !== $tokens[ $at ]['code']; $at++ ) {
			if ( '$wpdb' === $tokens[ $at ]['content'] && 'prepare' === $tokens[ $at + 2 ]['content'] ) {
				return; // It is looked at by itself.
			}
			if ( T_VARIABLE === $tokens[ $at ]['code'] && '$wpdb' !== $tokens[ $at ]['content'] ) {
				$file->addError( 'A statement is written where it is run, not handed over as %s', $at, 'NotLiteral', array( $tokens[ $at ]['content'] ) );
				return;
			}
			if ( in_array( $tokens[ $at ]['code'], array( T_DOUBLE_QUOTED_STRING, T_HEREDOC ), true ) ) {
				$this->check_text( $file, $at );
			}
		}
	}

	private function check_text( File $file, int $at ): void {
		preg_match_all( '/\{\$[^}]+\}|\$[a-z_]\w*(?:->\w+)?/i', $file->getTokens()[ $at ]['content'], $found );
		foreach ( $found[0] as $part ) {
			if ( 1 !== preg_match( self::HARMLESS, $part ) ) {
				$file->addError( 'A value belongs into prepare(), not into the text of a statement: %s', $at, 'Interpolated', array( $part ) );
			}
		}
	}
}
