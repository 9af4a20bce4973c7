<?php
/**
 * What is printed is a text of ours or has been escaped right there, where everybody sees it.
 */

declare( strict_types=1 );

namespace Sidehook\Sniffs\Security;

use PHP_CodeSniffer\Files\File;
use PHP_CodeSniffer\Sniffs\Sniff;

final class EscapeOutputSniff implements Sniff {

	/** Whatever stands in their parentheses comes out harmless. */
	private const ESCAPING = array( 'absint', 'checked', 'disabled', 'selected', 'esc_attr', 'esc_attr__', 'esc_html', 'esc_html__', 'esc_html_x', 'esc_textarea', 'esc_url', 'wp_kses', 'wp_kses_post', 'wp_nonce_field', 'wp_json_encode' );

	private const PRINTING = array( 'printf', 'vprintf', 'wp_die', '_e' );

	public function register() {
		return array( T_ECHO, T_PRINT, T_EXIT, T_OPEN_TAG_WITH_ECHO, T_STRING );
	}

	public function process( File $file, $at ) {
		$tokens = $file->getTokens();
		$next   = $file->findNext( T_WHITESPACE, $at + 1, null, true );
		if ( T_STRING === $tokens[ $at ]['code'] || T_EXIT === $tokens[ $at ]['code'] ) {
			if ( T_OPEN_PARENTHESIS !== $tokens[ $next ]['code'] || ( T_STRING === $tokens[ $at ]['code'] && ! self::is_printing( $file, $at ) ) ) {
				return;
			}
			$this->check( $file, $next + 1, $tokens[ $next ]['parenthesis_closer'] );
			return;
		}
		$this->check( $file, $next, (int) $file->findNext( array( T_SEMICOLON, T_CLOSE_TAG ), $next ) );
	}

	private static function is_printing( File $file, int $at ): bool {
		$tokens = $file->getTokens();
		$before = $tokens[ $file->findPrevious( T_WHITESPACE, $at - 1, null, true ) ]['code'];
		return in_array( $tokens[ $at ]['content'], self::PRINTING, true )
			&& ! in_array( $before, array( T_OBJECT_OPERATOR, T_NULLSAFE_OBJECT_OPERATOR, T_DOUBLE_COLON, T_FUNCTION ), true );
	}

	private function check( File $file, int $from, int $to ): void {
		$tokens = $file->getTokens();
		for ( $at = $from; $at < $to; $at++ ) {
			if ( T_INT_CAST === $tokens[ $at ]['code'] ) {
				$at = $this->end_of_operand( $file, $at, $to );
			} elseif ( T_STRING === $tokens[ $at ]['code'] && in_array( $tokens[ $at ]['content'], self::ESCAPING, true ) ) {
				$at = $tokens[ $file->findNext( T_OPEN_PARENTHESIS, $at ) ]['parenthesis_closer'];
			} elseif ( T_VARIABLE === $tokens[ $at ]['code'] && null !== $this->find_then( $file, $at, $to ) ) {
				$at = $this->find_then( $file, $at, $to );
			} elseif ( 'implode' === $tokens[ $at ]['content'] && $this->is_list_of_escaped( $file, $at ) ) {
				$at = $tokens[ $file->findNext( T_OPEN_PARENTHESIS, $at ) ]['parenthesis_closer'];
			} elseif ( $this->is_unsafe( $file, $at ) ) {
				if ( $this->is_excused( $file, $at ) ) {
					return;
				}
				$file->addError( 'What is printed has to be escaped here: %s', $at, 'Unescaped', array( $tokens[ $at ]['content'] ) );
				return;
			}
		}
	}

	/** What only decides is not printed: the `?` after it. */
	private function find_then( File $file, int $at, int $to ): ?int {
		$tokens = $file->getTokens();
		$then   = $file->findNext( array( T_INLINE_THEN, T_COMMA, T_STRING_CONCAT ), $at, $to );
		$next   = false === $then ? false : $file->findNext( T_WHITESPACE, $then + 1, null, true );
		return false !== $next && T_INLINE_THEN === $tokens[ $then ]['code'] && T_INLINE_ELSE !== $tokens[ $next ]['code'] ? $then : null;
	}

	private function is_list_of_escaped( File $file, int $at ): bool {
		return 1 === preg_match( "/^\\( '[^']*', array_map\\( esc_\w+\\( \.\.\. \\),/", $file->getTokensAsString( $at + 1, 16 ) );
	}

	private function is_unsafe( File $file, int $at ): bool {
		$tokens = $file->getTokens();
		if ( T_STRING === $tokens[ $at ]['code'] ) {
			return T_OPEN_PARENTHESIS === $tokens[ $file->findNext( T_WHITESPACE, $at + 1, null, true ) ]['code'];
		}
		return in_array( $tokens[ $at ]['code'], array( T_VARIABLE, T_DOUBLE_QUOTED_STRING, T_HEREDOC ), true );
	}

	/** Under the name that the complaint has for WordPress's own standard, which others may run. */
	private function is_excused( File $file, int $at ): bool {
		$tokens  = $file->getTokens();
		$comment = $file->findPrevious( T_PHPCS_IGNORE, $at );
		return false !== $comment && str_contains( $tokens[ $comment ]['content'], 'WordPress.Security.EscapeOutput -- ' ) && 1 === $tokens[ $at ]['line'] - $tokens[ $comment ]['line'];
	}

	/** A number, whatever it is made of up to the next comma or dot. */
	private function end_of_operand( File $file, int $at, int $to ): int {
		$tokens = $file->getTokens();
		for ( ++$at; $at < $to; $at++ ) {
			if ( T_OPEN_PARENTHESIS === $tokens[ $at ]['code'] ) {
				$at = $tokens[ $at ]['parenthesis_closer'];
			} elseif ( in_array( $tokens[ $at ]['code'], array( T_COMMA, T_STRING_CONCAT ), true ) ) {
				break;
			}
		}
		return $at;
	}
}
