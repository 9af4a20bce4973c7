<?php
declare( strict_types=1 );

namespace Sidehook\Tests;

final class TranslationsTest extends BridgeTestCase {

	protected function tearDown(): void {
		delete_user_meta( 1, 'locale' );
	}

	/** @return array<string, array{0: string, 1: string}> */
	public function languages(): array {
		return array(
			'Bengali'           => array( 'bn_BD', 'ওয়েবহুক' ),
			'Bengali of India'  => array( 'bn_IN', 'ওয়েবহুক' ),
			'Hindi'             => array( 'hi_IN', 'वेबहुक' ),
			'Malayalam'         => array( 'ml_IN', 'വെബ്ഹുക്കുകൾ' ),
			'Punjabi'           => array( 'pa_IN', 'ਵੈੱਬਹੁੱਕ' ),
			'Telugu'            => array( 'te', 'వెబ్‌హుక్‌లు' ),
			'one we do not have' => array( 'cy', 'Webhooks' ),
		);
	}

	/** @dataProvider languages */
	public function test_each_person_reads_it_in_their_own_language( string $locale, string $expected ): void {
		update_user_meta( 1, 'locale', $locale );
		$this->configure( '', '' );
		$html = Browser::of( 'admin' )->get( '/wp-admin/network/' );
		self::assertMatchesRegularExpression( "#page=sidehook[^>]*>$expected<#", $html );
	}

	public function test_numbers_have_their_forms(): void {
		unload_textdomain( 'sidehook' );
		load_textdomain( 'sidehook', dirname( __DIR__ ) . '/languages/sidehook-hi_IN.mo' );
		self::assertSame( '%s इवेंट सौंपा गया।', _n( '%s event handed over.', '%s events handed over.', 1, 'sidehook' ) );
		self::assertSame( '%s इवेंट सौंपे गए।', _n( '%s event handed over.', '%s events handed over.', 2, 'sidehook' ) );
		unload_textdomain( 'sidehook' );
	}

	/** WordPress warns of texts that are asked for earlier, and other plugins have broken by it. */
	public function test_asks_for_no_text_before_init(): void {
		$file = WPMU_PLUGIN_DIR . '/early.php';
		file_put_contents( $file, '<?php add_filter( "gettext_sidehook", function ( $text ) { echo did_action( "init" ) > 0 ? "" : "early: $text"; return $text; } );' );
		try {
			self::assertStringNotContainsString( 'early: ', Browser::of( 'admin' )->get( '/wp-admin/network/' ) );
		} finally {
			unlink( $file );
		}
	}
}
