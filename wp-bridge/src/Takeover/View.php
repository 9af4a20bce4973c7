<?php
/**
 * The takeover on the bridge's page: what would happen, what has happened, and the way back.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook\Takeover;

use Sidehook\NetworkPage;

final class View {

	/** A table of more helps nobody; the numbers above it count all. */
	private const MAX_ROWS = 500;

	private const MAX_URL = 80;

	public function __construct( private readonly Takeover $takeover ) {}

	public function render(): void {
		if ( ! Originals::are_sent() ) {
			return;
		}
		printf( '<h2 id="takeover">%s</h2>', esc_html__( 'Webhooks of Ultimate Multisite', 'sidehook' ) );
		try {
			$this->print_all( $this->takeover->originals()->list_all() );
		} catch ( \RuntimeException $failure ) {
			printf( '<p>%s</p>', esc_html( $failure->getMessage() ) );
		}
	}

	/** @param list<Original> $originals */
	private function print_all( array $originals ): void {
		$is_on    = $this->takeover->is_on();
		$settings = $this->takeover->settings()->read();
		$problems = $is_on ? $this->takeover->taken()->list_problems() : $this->preview();
		$notes    = Report::describe( $originals, $problems, $settings['obeys_flag'] );
		$this->print_numbers( $originals, $problems, $is_on );
		if ( '' !== $settings['failure'] ) {
			/* translators: %s: why */
			printf( '<p><strong>%s</strong></p>', esc_html( sprintf( __( 'The last comparison came to no end: %s It is tried again every minute.', 'sidehook' ), $settings['failure'] ) ) );
		}
		$this->print_buttons( $is_on, $settings['obeys_flag'] );
		$this->print_table( $originals, $notes );
	}

	/** @return array<int, string> */
	private function preview(): array {
		$outcome = $this->takeover->mirror()->preview();
		if ( null !== $outcome->failure ) {
			/* translators: %s: why */
			printf( '<p><strong>%s</strong></p>', esc_html( sprintf( __( 'The sidecar could not be asked what it would take: %s', 'sidehook' ), $outcome->failure ) ) );
		}
		return $outcome->problems;
	}

	/**
	 * @param list<Original>     $originals
	 * @param array<int, string> $problems
	 */
	private function print_numbers( array $originals, array $problems, bool $is_on ): void {
		$count  = count( $originals );
		$beyond = max( 0, $count - Report::SENT_BY_ORIGINAL );
		$lines  = array(
			/* translators: %s: a number */
			sprintf( _n( 'Ultimate Multisite has %s webhook.', 'Ultimate Multisite has %s webhooks.', $count, 'sidehook' ), number_format_i18n( $count ) ),
			$is_on
				/* translators: 1: a number, 2: how many of them */
				? sprintf( __( 'Sidehook sends to %1$s of them, and Ultimate Multisite to %2$s.', 'sidehook' ), number_format_i18n( count( $this->takeover->taken()->list_confirmed() ) ), number_format_i18n( count( $problems ) ) )
				/* translators: 1: a number, 2: how many of them */
				: sprintf( __( 'Now Ultimate Multisite sends to them itself. After the takeover Sidehook would send to %1$s of them, and Ultimate Multisite to %2$s.', 'sidehook' ), number_format_i18n( $count - count( $problems ) ), number_format_i18n( count( $problems ) ) ),
		);
		if ( $beyond > 0 && ! $is_on ) {
			/* translators: %s: a number */
			$lines[] = sprintf( __( '%s of them get nothing today, because Ultimate Multisite sends to the newest 100 only: they will.', 'sidehook' ), number_format_i18n( $beyond ) );
		}
		$lines[] = __( 'Mails and the log of Ultimate Multisite go on as they are. Webhooks that are made, changed or deleted there are followed within seconds. No event is sent twice while one takes over from the other, and the way back is one click, or to deactivate this plugin.', 'sidehook' );
		printf( '<p>%s</p>', implode( '<br>', array_map( esc_html( ... ), $lines ) ) );
	}

	private function print_buttons( bool $is_on, bool $obeys_flag ): void {
		if ( Settings::is_mode_fixed() ) {
			printf( '<p>%s</p>', esc_html__( 'SIDEHOOK_MODE in wp-config.php or the environment says who sends: takeover, or observe.', 'sidehook' ) );
		} elseif ( ! $is_on ) {
			$this->print_take_over( $obeys_flag );
		} else {
			NetworkPage::print_button( 'sidehook_give_back', __( 'Give back to Ultimate Multisite', 'sidehook' ), 'button' );
		}
		if ( $is_on ) {
			NetworkPage::print_button( 'sidehook_compare', __( 'Compare now', 'sidehook' ), 'button' );
		}
	}

	private function print_take_over( bool $obeys_flag ): void {
		$flag = sprintf(
			'<p><label><input type="checkbox" name="obeys_flag" value="1"%s> %s</label></p>',
			checked( $obeys_flag, true, false ),
			esc_html__( 'Webhooks that Ultimate Multisite shows as inactive get nothing. It has always sent to them, and makes new ones inactive.', 'sidehook' )
		);
		NetworkPage::print_button( 'sidehook_take_over', __( 'Take over', 'sidehook' ), 'button button-primary', $flag );
	}

	/**
	 * @param list<Original>           $originals
	 * @param array<int, list<string>> $notes
	 */
	private function print_table( array $originals, array $notes ): void {
		// What there is something to say of comes first.
		usort( $originals, static fn ( Original $a, Original $b ): int => array( isset( $notes[ $b->id ] ), $b->id ) <=> array( isset( $notes[ $a->id ] ), $a->id ) );
		// On a narrow screen it is moved to and fro, by keyboard as well.
		echo '<div role="region" tabindex="0" aria-labelledby="takeover" style="overflow-x: auto; margin-top: 1em"><table class="widefat striped" style="min-width: 60em"><thead><tr>';
		foreach ( array( __( 'Webhook', 'sidehook' ), __( 'Event', 'sidehook' ), __( 'URL', 'sidehook' ), __( 'Marked as', 'sidehook' ), __( 'Made by', 'sidehook' ), __( 'What to know', 'sidehook' ) ) as $heading ) {
			printf( '<th scope="col">%s</th>', esc_html( $heading ) );
		}
		echo '</tr></thead><tbody>';
		foreach ( array_slice( $originals, 0, self::MAX_ROWS ) as $original ) {
			$this->print_row( $original, $notes[ $original->id ] ?? array() );
		}
		echo '</tbody></table></div>';
	}

	/** @param list<string> $notes */
	private function print_row( Original $original, array $notes ): void {
		printf(
			'<tr><td>%d %s</td><td><code>%s</code></td><td style="word-break: break-all">%s</td><td>%s</td><td>%s</td><td>%s</td></tr>',
			(int) $original->id,
			esc_html( $original->name ),
			esc_html( $original->event ),
			esc_html( self::shorten( $original->url ) ),
			$original->is_active ? esc_html__( 'active', 'sidehook' ) : esc_html__( 'inactive', 'sidehook' ),
			esc_html( $original->integration ),
			implode( '<br>', array_map( esc_html( ... ), $notes ) ) // Escaped one by one.
		);
	}

	/** What follows the question mark is often a key; so is what stands before an at sign. */
	private static function shorten( string $url ): string {
		$shown = (string) preg_replace( '~//[^/@]*@~', '//***@', (string) strtok( $url, '?' ) );
		return mb_strimwidth( $shown, 0, self::MAX_URL, '…' ) . ( str_contains( $url, '?' ) ? '?…' : '' );
	}
}
