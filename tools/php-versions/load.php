<?php
/**
 * Compiles every file of the plugin below /plugin, and boots it as WordPress would. Prints what is wrong; nothing if nothing is.
 */

declare( strict_types=1 );

error_reporting( E_ALL );
set_error_handler(
	static function ( int $level, string $message, string $file, int $line ): bool {
		echo "$message in $file:$line\n";
		return true;
	}
);

define( 'ABSPATH', '/' );
define( 'WP_CONTENT_DIR', '/' );
foreach ( array( 'MINUTE' => 60, 'HOUR' => 3600, 'DAY' => 86400 ) as $name => $seconds ) {
	define( "{$name}_IN_SECONDS", $seconds );
}

/** What WordPress calls later is not called here. */
function add_action( string $hook, callable $callback ): void {
	$GLOBALS['hooks'][ $hook ] = $callback;
}
function add_filter( string $hook, callable $callback ): void {
	$GLOBALS['hooks'][ $hook ] = $callback;
}
function is_admin(): bool {
	return true;
}
function register_activation_hook(): void {}
function register_deactivation_hook(): void {}

$GLOBALS['hooks']      = array();
$GLOBALS['wp_version'] = '6.1';

try {
	require '/plugin/sidehook.php';
	foreach ( new RecursiveIteratorIterator( new RecursiveDirectoryIterator( '/plugin', FilesystemIterator::SKIP_DOTS ) ) as $file ) {
		if ( str_starts_with( $file->getPathname(), '/plugin/src/' ) ) {
			require_once $file->getPathname();
		} else {
			token_get_all( (string) file_get_contents( $file->getPathname() ), TOKEN_PARSE );
		}
	}
	if ( ! isset( $GLOBALS['hooks']['network_admin_menu'] ) ) {
		echo "the plugin has not registered its hooks\n";
	}
} catch ( Throwable $failure ) {
	echo get_class( $failure ), ': ', $failure->getMessage(), ' in ', $failure->getFile(), ':', $failure->getLine(), "\n";
}
