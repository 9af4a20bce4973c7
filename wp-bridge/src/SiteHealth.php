<?php
/**
 * What Site Health says about the bridge, on the main site only: it is the network's affair.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class SiteHealth {

	private const LATE_SECONDS = 15 * MINUTE_IN_SECONDS;

	public function __construct( private readonly Bridge $bridge ) {}

	/**
	 * @param array<string, array<string, mixed>> $tests
	 * @return array<string, array<string, mixed>>
	 */
	public function add_test( array $tests ): array {
		if ( is_main_site() && 'off' !== $this->bridge->config()->mode() ) {
			$tests['direct']['sidehook'] = array(
				'label' => __( 'Webhooks leave in time', 'sidehook' ),
				'test'  => array( $this, 'run_test' ),
			);
		}
		return $tests;
	}

	/** @return array<string, mixed> */
	public function run_test(): array {
		$summary = $this->bridge->outbox()->summary();
		$problem = $this->bridge->config()->problem() ?? match ( true ) {
			$summary['oldest_seconds'] > self::LATE_SECONDS => __( 'Events have been waiting for the sidecar for more than a quarter of an hour.', 'sidehook' ),
			$summary['dead'] > 0 => __( 'The sidecar has refused events for good.', 'sidehook' ),
			default => null,
		};
		return array(
			'test'        => 'sidehook',
			'label'       => null === $problem ? __( 'Events of the network reach the sidecar', 'sidehook' ) : __( 'Events of the network do not all reach the sidecar', 'sidehook' ),
			'status'      => null === $problem ? 'good' : 'critical',
			'badge'       => array(
				'label' => __( 'Webhooks', 'sidehook' ),
				'color' => 'blue',
			),
			'description' => '<p>' . esc_html( $problem ?? __( 'None waits for long, and none was refused.', 'sidehook' ) ) . '</p>',
			'actions'     => sprintf( '<a href="%s">%s</a>', esc_url( network_admin_url( 'admin.php?page=sidehook' ) ), esc_html__( 'Webhooks', 'sidehook' ) ),
		);
	}

	/**
	 * @param array<string, array<string, mixed>> $info
	 * @return array<string, array<string, mixed>>
	 */
	public function add_information( array $info ): array {
		if ( is_main_site() ) {
			$fields = array(
				'version' => Bridge::VERSION,
				'mode'    => $this->bridge->config()->mode(),
			) + $this->bridge->outbox()->summary();

			$info['sidehook'] = array(
				'label'  => 'Sidehook',
				'fields' => array_map(
					static fn ( string $name, int|string $value ): array => array(
						'label' => $name,
						'value' => (string) $value,
					),
					array_keys( $fields ),
					$fields
				),
			);
		}
		return $info;
	}
}
