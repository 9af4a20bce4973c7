<?php
/**
 * Is all well with the bridge? Asked by Site Health, by `wp sidehook doctor` and by the notices.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class Checks {

	private const NOTICED_SECONDS = MINUTE_IN_SECONDS;

	private const LATE_SECONDS = 15 * MINUTE_IN_SECONDS;

	private const SIDECAR_SECONDS = 3.0;

	public function __construct( private readonly Bridge $bridge ) {}

	/** @return list<Check> Those that cost nothing but a look into the database. */
	public function list_local(): array {
		return array( $this->settings(), $this->table(), $this->backlog(), $this->refused(), $this->capacity(), $this->spool(), $this->cron(), $this->takeover(), $this->faults() );
	}

	public function settings(): Check {
		$problem = $this->bridge->config()->problem();
		if ( 'off' === $this->bridge->config()->mode() ) {
			return Check::recommended( 'settings', __( 'The bridge is switched off', 'sidehook' ), __( 'No event is recorded while SIDEHOOK_MODE is “off”. Set it to “observe” or “takeover” to send events again.', 'sidehook' ) );
		}
		if ( null === $problem ) {
			return Check::good( 'settings', __( 'The bridge knows its sidecar', 'sidehook' ), $this->bridge->config()->url() );
		}
		if ( Staging::is_elsewhere( $this->bridge->config()->key() ) ) {
			return Check::critical( 'settings', $problem, __( 'A copy, such as a staging site, needs a sidecar and a key of its own; until then nothing leaves it. If the network has moved here, what waits is sent.', 'sidehook' ) );
		}
		return Check::critical( 'settings', $problem, __( 'Put SIDEHOOK_URL and SIDEHOOK_KEY into wp-config.php as the sidecar prints them when it starts.', 'sidehook' ) );
	}

	public function table(): Check {
		global $wpdb;
		$table  = $this->bridge->table();
		$engine = $table->politely( fn (): ?string => $wpdb->get_var( $wpdb->prepare( 'SELECT ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s', $table->name() ) ) );
		if ( null === $engine ) {
			return Check::critical( 'table', __( 'The outbox has no table', 'sidehook' ), __( 'Deactivate the plugin and activate it again on the whole network. If it stays so, the user of the database may not create tables.', 'sidehook' ) );
		}
		if ( 'INNODB' !== strtoupper( $engine ) ) {
			/* translators: %s: name of a storage engine of MySQL */
			return Check::recommended( 'table', sprintf( __( 'The outbox is a table of %s', 'sidehook' ), $engine ), __( 'Without transactions an event may be sent of something that was undone. Convert the table, and WordPress\'s own, to InnoDB.', 'sidehook' ) );
		}
		return Check::good( 'table', __( 'The outbox has its table', 'sidehook' ), $table->name() );
	}

	public function backlog(): Check {
		$summary = $this->bridge->outbox()->summary();
		$seconds = $summary['oldest_seconds'];
		/* translators: %s: a number */
		$waiting = sprintf( _n( '%s event waits in the outbox.', '%s events wait in the outbox.', $summary['pending'], 'sidehook' ), number_format_i18n( $summary['pending'] ) );
		if ( $seconds <= self::NOTICED_SECONDS ) {
			return Check::good( 'backlog', __( 'Events leave in time', 'sidehook' ), $waiting );
		}
		/* translators: %s: a length of time, such as "20 mins" */
		$label = sprintf( __( 'Events have been waiting for the sidecar for %s', 'sidehook' ), human_time_diff( time() - $seconds ) );
		$state = $this->bridge->breaker()->state();
		$text  = $waiting . ' ' . ( $state['failures'] > 0
			/* translators: %s: the last error */
			? sprintf( __( 'The sidecar does not take them: %s. See that it runs and that its address and key are right; nothing is lost meanwhile.', 'sidehook' ), $state['reason'] )
			: __( 'The sidecar can be reached, but nobody sends: see that WP-Cron or a cron job of the system runs, or run “wp sidehook flush”.', 'sidehook' ) );
		return $seconds > self::LATE_SECONDS ? Check::critical( 'backlog', $label, $text ) : Check::recommended( 'backlog', $label, $text );
	}

	public function refused(): Check {
		$dead = $this->bridge->outbox()->summary()['dead'];
		if ( 0 === $dead ) {
			return Check::good( 'refused', __( 'No event was refused', 'sidehook' ), __( 'The sidecar takes what it is given.', 'sidehook' ) );
		}
		return Check::critical(
			'refused',
			/* translators: %s: a number */
			sprintf( _n( 'The sidecar has refused %s event for good', 'The sidecar has refused %s events for good', $dead, 'sidehook' ), number_format_i18n( $dead ) ),
			__( 'See the reasons with “wp sidehook outbox list --state=dead”. When the cause is gone, “wp sidehook outbox retry” sends them again; “wp sidehook outbox purge” removes them.', 'sidehook' )
		);
	}

	public function capacity(): Check {
		if ( 0 === $this->bridge->capacity()->state()['level'] ) {
			return Check::good( 'capacity', __( 'The outbox has room', 'sidehook' ), __( 'What waits is far from the limits.', 'sidehook' ) );
		}
		return Check::critical( 'capacity', __( 'The outbox is full: not every event is recorded any more', 'sidehook' ), __( 'Payments and memberships are recorded longest. Bring the sidecar back: the outbox empties by itself, and an event tells what was not recorded. The limits are SIDEHOOK_OUTBOX_MAX_ROWS and SIDEHOOK_OUTBOX_MAX_BYTES.', 'sidehook' ) );
	}

	public function spool(): Check {
		$count = $this->bridge->spool()->count();
		if ( 0 === $count ) {
			return Check::good( 'spool', __( 'The database takes every event', 'sidehook' ), __( 'None waits in a file.', 'sidehook' ) );
		}
		return Check::recommended(
			'spool',
			/* translators: %s: a number */
			sprintf( _n( '%s event waits in a file, because the database has refused it', '%s events wait in files, because the database has refused them', $count, 'sidehook' ), number_format_i18n( $count ) ),
			__( 'It goes into the outbox with the next flush on this web server. See that the database has room and may be written.', 'sidehook' )
		);
	}

	public function cron(): Check {
		$due = get_blog_option( get_main_site_id(), 'cron' );
		$at  = null;
		foreach ( is_array( $due ) ? $due : array() as $time => $hooks ) {
			if ( is_array( $hooks ) && isset( $hooks['sidehook_flush'] ) ) {
				$at = (int) $time;
				break;
			}
		}
		if ( null === $at ) {
			return Check::recommended( 'cron', __( 'WP-Cron does not know the bridge', 'sidehook' ), __( 'Events that could not be sent at once wait for the next page or the sidecar. Deactivate the plugin and activate it again on the whole network.', 'sidehook' ) );
		}
		if ( time() - $at > self::LATE_SECONDS ) {
			return Check::recommended( 'cron', __( 'WP-Cron does not run', 'sidehook' ), __( 'Let a cron job of the system call wp-cron.php of the main site every minute, or run “wp sidehook work” as a service.', 'sidehook' ) );
		}
		return Check::good( 'cron', __( 'WP-Cron runs', 'sidehook' ), __( 'It sends every minute what could not be sent at once.', 'sidehook' ) );
	}

	public function takeover(): Check {
		if ( ! $this->bridge->takeover()->is_on() ) {
			return Check::good( 'takeover', __( 'Webhooks of Ultimate Multisite are left to it', 'sidehook' ), __( 'They can be taken over on the page Webhooks.', 'sidehook' ) );
		}
		$problems = $this->bridge->takeover()->taken()->list_problems();
		if ( array() === $problems ) {
			return Check::good( 'takeover', __( 'Webhooks of Ultimate Multisite are taken over', 'sidehook' ), __( 'The sidecar sends them, signed and with retries.', 'sidehook' ) );
		}
		return Check::recommended(
			'takeover',
			/* translators: %s: a number */
			sprintf( _n( 'Ultimate Multisite still sends %s webhook itself', 'Ultimate Multisite still sends %s webhooks itself', count( $problems ), 'sidehook' ), number_format_i18n( count( $problems ) ) ),
			/* translators: %s: the reason of one of them */
			sprintf( __( 'The sidecar does not take them, for example: %s. Correct them in Ultimate Multisite and compare again on the page Webhooks.', 'sidehook' ), (string) reset( $problems ) )
		);
	}

	public function faults(): Check {
		$failures = Failures::summary();
		if ( 0 === $failures['count'] ) {
			return Check::good( 'faults', __( 'The bridge has had no faults', 'sidehook' ), __( 'Every event could be recorded.', 'sidehook' ) );
		}
		return Check::recommended(
			'faults',
			/* translators: %s: a number */
			sprintf( _n( 'The bridge has had %s fault', 'The bridge has had %s faults', $failures['count'], 'sidehook' ), number_format_i18n( $failures['count'] ) ),
			/* translators: 1: a time, 2: the message */
			sprintf( __( 'The last one, at %1$s: %2$s. PHP\'s error log has them all.', 'sidehook' ), (string) wp_date( 'Y-m-d H:i:s', $failures['at'] ), $failures['message'] )
		);
	}

	/** Asks the sidecar, and so takes as long as it does. */
	public function sidecar(): Check {
		$problem = $this->bridge->config()->problem();
		if ( null !== $problem ) {
			return Check::critical( 'sidecar', __( 'The sidecar cannot be asked', 'sidehook' ), $problem );
		}
		$client = new SidecarClient( $this->bridge->config() );
		$ready  = $client->get_ready( self::SIDECAR_SECONDS );
		if ( ! $ready->is_ok() ) {
			/* translators: %s: the error */
			return Check::critical( 'sidecar', __( 'The sidecar does not answer', 'sidehook' ), sprintf( __( '%s. Start it, or correct SIDEHOOK_URL. Events wait meanwhile, and none is lost.', 'sidehook' ), $ready->describe() ) );
		}
		$signed = $client->get_bridge( self::SIDECAR_SECONDS );
		if ( ! $signed->is_ok() ) {
			/* translators: %s: the error */
			return Check::critical( 'sidecar', __( 'The sidecar does not know our key', 'sidehook' ), sprintf( __( '%s. Copy SIDEHOOK_KEY from the sidecar, and compare the clocks of both machines.', 'sidehook' ), $signed->describe() ) );
		}
		return Check::good( 'sidecar', __( 'The sidecar answers and knows our key', 'sidehook' ), $this->bridge->config()->url() );
	}
}
