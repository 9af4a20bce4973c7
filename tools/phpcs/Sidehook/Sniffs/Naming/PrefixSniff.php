<?php
/**
 * Whatever shares a room with all other plugins begins with our name.
 */

declare( strict_types=1 );

namespace Sidehook\Sniffs\Naming;

use PHP_CodeSniffer\Files\File;
use PHP_CodeSniffer\Sniffs\Sniff;

final class PrefixSniff implements Sniff {

	/** Function => which of its arguments is the name, from 0. */
	private const NAMING = array(
		'define'                => 0,
		'do_action'             => 0,
		'apply_filters'         => 0,
		'set_site_transient'    => 0,
		'set_transient'         => 0,
		'update_option'         => 0,
		'add_option'            => 0,
		'update_network_option' => 1,
		'add_network_option'    => 1,
		'register_rest_route'   => 0,
		'wp_schedule_event'     => 2,
	);

	public function register() {
		return array( T_STRING, T_FUNCTION );
	}

	public function process( File $file, $at ) {
		$tokens = $file->getTokens();
		if ( T_FUNCTION === $tokens[ $at ]['code'] ) {
			$this->check_function( $file, $at );
			return;
		}
		$open = $file->findNext( T_WHITESPACE, $at + 1, null, true );
		if ( ! isset( self::NAMING[ $tokens[ $at ]['content'] ] ) || T_OPEN_PARENTHESIS !== $tokens[ $open ]['code'] ) {
			return;
		}
		$name = $this->argument( $file, $open, self::NAMING[ $tokens[ $at ]['content'] ] );
		if ( null !== $name && 1 !== preg_match( '/^["\']sidehook/i', $tokens[ $name ]['content'] ) ) {
			$file->addError( 'The name begins with sidehook: %s', $name, 'Argument', array( $tokens[ $name ]['content'] ) );
		}
	}

	private function check_function( File $file, int $at ): void {
		$name = $file->getDeclarationName( $at );
		if ( is_string( $name ) && array() === $file->getTokens()[ $at ]['conditions'] && false === $file->findPrevious( T_NAMESPACE, $at ) && ! str_starts_with( $name, 'sidehook_' ) ) {
			$file->addError( 'The name begins with sidehook_: %s', $at, 'Function', array( $name ) );
		}
	}

	/** @return ?int The token, if the argument is a text; what is named by a constant is looked at where that is made. */
	private function argument( File $file, int $open, int $number ): ?int {
		$tokens = $file->getTokens();
		for ( $at = $open + 1; $at < $tokens[ $open ]['parenthesis_closer']; $at++ ) {
			if ( T_OPEN_PARENTHESIS === $tokens[ $at ]['code'] ) {
				$at = $tokens[ $at ]['parenthesis_closer'];
			} elseif ( T_COMMA === $tokens[ $at ]['code'] ) {
				--$number;
			} elseif ( 0 === $number && in_array( $tokens[ $at ]['code'], array( T_CONSTANT_ENCAPSED_STRING, T_DOUBLE_QUOTED_STRING ), true ) ) {
				return $at;
			}
		}
		return null;
	}
}
