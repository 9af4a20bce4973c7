<?php
/**
 * What Site Health says about the bridge, on the main site only: it is the network's affair.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class SiteHealth {

	private const LOCAL = array( 'settings', 'table', 'backlog', 'refused', 'capacity', 'spool', 'cron', 'takeover', 'faults' );

	private readonly Checks $checks;

	public function __construct( private readonly Bridge $bridge ) {
		$this->checks = new Checks( $bridge );
	}

	/**
	 * @param array<string, array<string, mixed>> $tests
	 * @return array<string, array<string, mixed>>
	 */
	public function add_tests( array $tests ): array {
		if ( ! is_main_site() ) {
			return $tests;
		}
		foreach ( self::LOCAL as $name ) {
			$tests['direct'][ "sidehook_$name" ] = array(
				'label' => __( 'Webhooks', 'sidehook' ),
				'test'  => fn (): array => self::result( $this->checks->$name() ),
			);
		}
		$tests['async']['sidehook_sidecar'] = array(
			'label'             => __( 'Webhooks', 'sidehook' ),
			'test'              => rest_url( 'sidehook/v1/site-health' ),
			'has_rest'          => true,
			'async_direct_test' => fn (): array => self::result( $this->checks->sidecar() ),
		);
		return $tests;
	}

	/** Where the browser asks for what may take seconds. */
	public function register_route(): void {
		register_rest_route(
			'sidehook/v1',
			'/site-health',
			array(
				'methods'             => 'GET',
				'callback'            => fn (): array => self::result( $this->checks->sidecar() ),
				'permission_callback' => static fn (): bool => is_main_site() && current_user_can( 'view_site_health_checks' ),
			)
		);
	}

	/** @return array<string, mixed> */
	private static function result( Check $check ): array {
		return array(
			'test'        => "sidehook_$check->name",
			'label'       => $check->label,
			'status'      => $check->status,
			'badge'       => array(
				'label' => __( 'Webhooks', 'sidehook' ),
				'color' => 'blue',
			),
			'description' => '<p>' . esc_html( $check->text ) . '</p>',
			'actions'     => sprintf( '<a href="%s">%s</a>', esc_url( network_admin_url( 'admin.php?page=sidehook' ) ), esc_html__( 'Webhooks', 'sidehook' ) ),
		);
	}

	/**
	 * @param array<string, array<string, mixed>> $info
	 * @return array<string, array<string, mixed>>
	 */
	public function add_information( array $info ): array {
		if ( is_main_site() ) {
			$status = ( new Status( $this->bridge ) )->read();

			$info['sidehook'] = array(
				'label'  => 'Sidehook',
				'fields' => array_map(
					static fn ( string $name, int|string $value ): array => array(
						'label'   => $name,
						'value'   => (string) $value,
						'private' => 'sidecar' === $name,
					),
					array_keys( $status ),
					$status
				),
			);
		}
		return $info;
	}
}
