<?php
/**
 * Texts can be found by a program, and understood by who translates them without seeing the page.
 */

declare( strict_types=1 );

namespace Sidehook\Sniffs\I18n;

use PHP_CodeSniffer\Files\File;
use PHP_CodeSniffer\Sniffs\Sniff;

final class TextSniff implements Sniff {

	/** Function => number of its texts; the text domain comes last. */
	private const FUNCTIONS = array(
		'__'         => 1,
		'_e'         => 1,
		'esc_html__' => 1,
		'esc_html_e' => 1,
		'esc_attr__' => 1,
		'esc_attr_e' => 1,
		'_n'         => 2,
		'_x'         => 2,
		'esc_html_x' => 2,
		'_nx'        => 2,
	);

	public function register() {
		return array( T_STRING );
	}

	public function process( File $file, $at ) {
		$tokens = $file->getTokens();
		$texts  = self::FUNCTIONS[ $tokens[ $at ]['content'] ] ?? 0;
		$open   = $file->findNext( T_WHITESPACE, $at + 1, null, true );
		if ( 0 === $texts || T_OPEN_PARENTHESIS !== $tokens[ $open ]['code'] ) {
			return;
		}
		$arguments = $this->arguments( $file, $open );
		if ( array( "'sidehook'" ) !== end( $arguments ) ) {
			$file->addError( 'The text domain is \'sidehook\', written out', $at, 'Domain' );
		}
		foreach ( array_slice( $arguments, 0, $texts ) as $parts ) {
			if ( 1 !== count( $parts ) || ! str_starts_with( $parts[0], "'" ) ) {
				$file->addError( 'A text is one literal in single quotes: %s', $at, 'NotLiteral', array( implode( ' ', $parts ) ) );
			}
		}
		if ( 1 === preg_match( '/%(\d\$)?[sd]/', $arguments[0][0] ?? '' ) && ! $this->is_explained( $file, $at ) ) {
			$file->addError( 'A comment above says to translators what stands for the % signs', $at, 'Unexplained' );
		}
	}

	/** @return list<list<string>> The tokens of each argument, without white space. */
	private function arguments( File $file, int $open ): array {
		$tokens    = $file->getTokens();
		$arguments = array( array() );
		$depth     = 0;
		for ( $at = $open + 1; $at < $tokens[ $open ]['parenthesis_closer']; $at++ ) {
			$depth += array( T_OPEN_PARENTHESIS => 1, T_CLOSE_PARENTHESIS => -1 )[ $tokens[ $at ]['code'] ] ?? 0;
			if ( T_COMMA === $tokens[ $at ]['code'] && 0 === $depth ) {
				$arguments[] = array();
			} elseif ( T_WHITESPACE !== $tokens[ $at ]['code'] ) {
				$arguments[ count( $arguments ) - 1 ][] = $tokens[ $at ]['content'];
			}
		}
		return $arguments;
	}

	private function is_explained( File $file, int $at ): bool {
		$tokens  = $file->getTokens();
		$comment = $file->findPrevious( T_COMMENT, $at );
		return false !== $comment && str_contains( $tokens[ $comment ]['content'], 'translators:' ) && $tokens[ $at ]['line'] - $tokens[ $comment ]['line'] <= 2;
	}
}
