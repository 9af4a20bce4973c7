<?php
declare( strict_types=1 );

namespace Sidehook\Tests;

use PHPUnit\Framework\TestCase;
use Sidehook\Bridge;

final class ReleaseTest extends TestCase {

	private static string $folder;

	public static function setUpBeforeClass(): void {
		self::$folder = sys_get_temp_dir() . '/sidehook-zip-' . bin2hex( random_bytes( 4 ) );
	}

	public static function tearDownAfterClass(): void {
		global $wp_filesystem;
		WP_Filesystem();
		$wp_filesystem->delete( self::$folder, true );
	}

	private function make_zip( string $name ): string {
		$command = array( (string) getenv( 'SIDEHOOK_TEST_NODE' ), dirname( __DIR__, 2 ) . '/tools/plugin-zip.ts', self::$folder . "/$name" );
		exec( implode( ' ', array_map( 'escapeshellarg', $command ) ), $lines, $code );
		self::assertSame( 0, $code, implode( "\n", $lines ) );
		return $lines[0];
	}

	public function test_every_part_has_the_same_version(): void {
		$root     = dirname( __DIR__, 2 );
		$versions = array( 'readme.txt' => preg_match( '/^= (\S+) =$/m', explode( '== Changelog ==', (string) file_get_contents( "$root/wp-bridge/readme.txt" ) )[1], $found ) ? $found[1] : '' );
		foreach ( array( 'package.json', ...glob( "$root/{apps,libs}/*/package.json", GLOB_BRACE ) ) as $file ) {
			$package = json_decode( (string) file_get_contents( 'package.json' === $file ? "$root/$file" : $file ), true );
			if ( isset( $package['version'] ) ) {
				$versions[ $file ] = $package['version'];
			}
		}
		self::assertGreaterThan( 2, count( $versions ) );
		self::assertSame( array( Bridge::VERSION ), array_values( array_unique( $versions ) ), (string) json_encode( $versions ) );
	}

	public function test_the_zip_is_the_same_however_often_it_is_made(): void {
		$first  = $this->make_zip( 'first' );
		$second = $this->make_zip( 'second' );
		self::assertSame( 'sidehook-' . Bridge::VERSION . '.zip', basename( $first ) );
		self::assertSame( hash_file( 'sha256', $first ), hash_file( 'sha256', $second ) );
	}

	/** As WordPress does it with a file that somebody has uploaded. */
	public function test_the_zip_can_be_installed_and_has_the_plugin_and_nothing_else(): void {
		WP_Filesystem();
		self::assertTrue( unzip_file( $this->make_zip( 'third' ), self::$folder . '/plugins' ) );
		$installed = self::$folder . '/plugins/sidehook';
		self::assertSame( array( 'sidehook' ), array_values( array_diff( scandir( self::$folder . '/plugins' ), array( '.', '..' ) ) ) );
		self::assertSame( Bridge::VERSION, get_plugin_data( "$installed/sidehook.php", false, false )['Version'] );
		$plugin = dirname( __DIR__ );
		foreach ( array( 'src/Bridge.php', 'src/Listeners/Users.php', 'functions.php', 'uninstall.php', 'readme.txt', 'events.json', 'languages/sidehook-hi_IN.mo', 'LICENSE' ) as $file ) {
			self::assertFileEquals( "$plugin/$file", "$installed/$file" );
		}
		foreach ( array( 'tests', 'bench', 'receiver', 'project.json', 'phpunit.xml' ) as $name ) {
			self::assertFileDoesNotExist( "$installed/$name" );
		}
	}
}
