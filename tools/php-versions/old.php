<?php
/**
 * Loads the plugin where it cannot work. Prints the hooks it has registered, and its notice.
 */

error_reporting( E_ALL );
define( 'ABSPATH', '/' );
$GLOBALS['hooks']      = array();
$GLOBALS['wp_version'] = '7.1';

function add_action( $hook, $callback ) {
	$GLOBALS['hooks'][ $hook ] = $callback;
}
function __( $text ) {
	return $text;
}
function esc_html( $text ) {
	return $text;
}

require '/plugin/sidehook.php';
echo implode( ',', array_keys( $GLOBALS['hooks'] ) ), "\n";
call_user_func( $GLOBALS['hooks']['network_admin_notices'] );
