<?php
/**
 * Prints the texts of the plugin in the folder given, as JSON: each with where it stands and what was said to translators.
 */

declare( strict_types=1 );

/** Function => what its texts are. */
const FUNCTIONS = array(
	'__'         => array( 'text' ),
	'_e'         => array( 'text' ),
	'esc_html__' => array( 'text' ),
	'esc_html_e' => array( 'text' ),
	'esc_attr__' => array( 'text' ),
	'esc_attr_e' => array( 'text' ),
	'_n'         => array( 'text', 'plural' ),
	'_x'         => array( 'text', 'context' ),
	'esc_html_x' => array( 'text', 'context' ),
);

function texts_of( string $code, string $name ): array {
	$tokens  = array_values( array_filter( PhpToken::tokenize( $code ), static fn ( PhpToken $token ): bool => ! $token->is( T_WHITESPACE ) ) );
	$texts   = array();
	$comment = null;
	foreach ( $tokens as $at => $token ) {
		if ( $token->is( array( T_COMMENT, T_DOC_COMMENT ) ) ) {
			$comment = str_contains( $token->text, 'translators:' ) ? $token : $comment;
		} elseif ( $token->is( T_STRING ) && isset( FUNCTIONS[ $token->text ] ) && '(' === ( $tokens[ $at + 1 ]->text ?? '' ) ) {
			$found = array( 'place' => "$name:$token->line" );
			foreach ( FUNCTIONS[ $token->text ] as $number => $what ) {
				$found[ $what ] = stripslashes( substr( $tokens[ $at + 2 + 2 * $number ]->text, 1, -1 ) );
			}
			if ( null !== $comment && $token->line - $comment->line <= 2 ) {
				$found['comment'] = trim( $comment->text, "/* \t" );
			}
			$texts[] = $found;
		}
	}
	return $texts;
}

$texts = array();
$files = new RecursiveIteratorIterator( new RecursiveDirectoryIterator( $argv[1], FilesystemIterator::SKIP_DOTS ) );
foreach ( $files as $file ) {
	$name = substr( $file->getPathname(), strlen( $argv[1] ) + 1 );
	if ( 1 === preg_match( '#^(src/.+|\w+)\.php$#', $name ) ) {
		$texts[ $name ] = texts_of( (string) file_get_contents( $file->getPathname() ), $name );
	}
}
ksort( $texts );
echo json_encode( array_merge( ...array_values( $texts ) ), JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES );
