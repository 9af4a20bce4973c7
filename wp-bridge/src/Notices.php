<?php
/**
 * Tells the network admin what is wrong without being asked, and what to do.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class Notices {

	private const CAPABILITY = 'manage_network';

	public function __construct( private readonly Bridge $bridge ) {}

	/** What is critical, and nothing else: a notice that can wait is one too many. */
	public function print(): void {
		if ( ! current_user_can( self::CAPABILITY ) || 'off' === $this->bridge->config()->mode() ) {
			return;
		}
		foreach ( $this->list_urgent() as $check ) {
			printf(
				'<div class="notice notice-error"><p><strong>Sidehook: %s</strong></p><p>%s <a href="%s">%s</a></p></div>',
				esc_html( $check->label ),
				esc_html( $check->text ),
				esc_url( network_admin_url( 'admin.php?page=sidehook' ) ),
				esc_html__( 'Webhooks', 'sidehook' )
			);
		}
	}

	/** @return list<Check> */
	private function list_urgent(): array {
		$checks   = new Checks( $this->bridge );
		$settings = $checks->settings();
		if ( 'good' !== $settings->status ) {
			return array( $settings ); // All else follows from it.
		}
		$state  = $this->bridge->breaker()->state();
		$others = array( $checks->backlog(), $checks->refused(), $checks->capacity() );
		if ( $state['failures'] > 0 && 'critical' !== $others[0]->status ) {
			/* translators: %s: the last error */
			$others[0] = Check::critical( 'breaker', sprintf( __( 'The sidecar does not take events: %s', 'sidehook' ), $state['reason'] ), __( 'See that it runs and that its address and key are right; nothing is lost meanwhile.', 'sidehook' ) );
		}
		return array_values( array_filter( $others, static fn ( Check $check ): bool => 'critical' === $check->status ) );
	}
}
