<?php
/**
 * Brings what waits in the outbox to the sidecar.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class Forwarder {

	/** A wrong key does not become right by trying. */
	private const REFUSED_SECONDS = 300;

	/** Sending uses WordPress's HTTP API, whose hooks may fire events. */
	private bool $is_flushing = false;

	public function __construct(
		private readonly Config $config,
		private readonly Table $table,
		private readonly Outbox $outbox,
		private readonly Spool $spool,
		private readonly SidecarClient $client,
		public readonly Breaker $breaker,
		private readonly Wanted $wanted,
		private readonly Transaction $transaction
	) {}

	/**
	 * At the end of a request: nobody must wait for it.
	 *
	 * @param array<string, string> $doubtful Id and type of events that perhaps nobody wants.
	 */
	public function flush_after_response( array $doubtful ): void {
		if ( 'cli' === PHP_SAPI || wp_doing_cron() ) {
			$this->flush( Limits::long_run(), $doubtful );
		} elseif ( $this->may_flush() && $this->finish_response() ) {
			$this->flush( Limits::after_response(), $doubtful );
		} elseif ( $this->config->is_on_loopback() ) {
			$this->flush( Limits::before_response(), $doubtful );
		}
	}

	/**
	 * Sends what waits, unless another process does: a sidecar that hangs must not hold up one worker of PHP after the
	 * other. That process looks again after it has let go, so nothing is left behind that was recorded meanwhile.
	 *
	 * @param array<string, string> $doubtful Id and type of events that perhaps nobody wants.
	 * @return int How many the sidecar took or refused for good.
	 */
	public function flush( Limits $limits, array $doubtful = array() ): int {
		$deadline = microtime( true ) + $limits->seconds;
		$settled  = 0;
		while ( $this->may_flush() && $this->table->lock( $limits->heeds_pauses ? 0 : 2 ) ) {
			try {
				$this->is_flushing = true;
				$round             = $this->breaker->begin( $limits->heeds_pauses ) ? $this->flush_alone( $limits, $doubtful, $deadline ) : 0;
			} finally {
				$this->is_flushing = false;
				$this->table->unlock();
			}
			$settled += $round;
			$doubtful = array();
			if ( 0 === $round || microtime( true ) >= $deadline || ! $this->outbox->has_due() ) {
				break;
			}
		}
		return $settled;
	}

	/** @param array<string, string> $doubtful */
	private function flush_alone( Limits $limits, array $doubtful, float $deadline ): int {
		$settled = 0;
		$this->spool->drain( $this->outbox );
		if ( array() !== $doubtful && ! $this->take_back_unwanted( $doubtful, $limits->timeout ) ) {
			return 0;
		}
		do {
			$rows     = $this->outbox->claim();
			$is_sent  = array() !== $rows && $this->send( $rows, $limits->timeout );
			$settled += $is_sent ? count( $rows ) : 0;
		} while ( $is_sent && microtime( true ) < $deadline );
		// Answers to events tell it too; cron and people ask each time, so that a new webhook works at once.
		if ( array() === $rows && ( $this->wanted->is_due() || ( 0 === $settled && ! $limits->heeds_pauses ) ) ) {
			$this->ask_what_is_wanted( $limits->timeout );
		}
		return $settled;
	}

	/**
	 * Asks about events that were recorded in doubt.
	 *
	 * @param non-empty-array<string, string> $doubtful
	 * @return bool Whether the sidecar is there.
	 */
	private function take_back_unwanted( array $doubtful, float $timeout ): bool {
		if ( ! $this->ask_what_is_wanted( $timeout ) ) {
			return false;
		}
		$this->outbox->discard( array_keys( array_filter( $doubtful, fn ( string $type ): bool => ! $this->wanted->has( $type ) ) ) );
		return true;
	}

	/** @return bool Whether the sidecar is there. */
	private function ask_what_is_wanted( float $timeout ): bool {
		$this->wanted->begin_check();
		$answer = $this->client->get_bridge( $timeout );
		if ( 0 === $answer->status ) {
			$this->breaker->open( $answer->describe(), null, false );
			return false;
		}
		if ( $answer->is_ok() ) {
			$this->wanted->learn( $answer->body );
			$this->note_success();
		}
		return true;
	}

	private function may_flush(): bool {
		return ! $this->is_flushing
			&& ! $this->transaction->is_open()
			&& null === $this->config->problem();
	}

	/** Whether PHP can answer the visitor and go on: not as mod_php or CGI. */
	public static function can_let_go(): bool {
		return function_exists( 'fastcgi_finish_request' ) || function_exists( 'litespeed_finish_request' );
	}

	public function finish_response(): bool {
		ignore_user_abort( true );
		if ( PHP_SESSION_ACTIVE === session_status() ) {
			session_write_close();
		}
		return match ( true ) {
			function_exists( 'fastcgi_finish_request' )  => fastcgi_finish_request(),
			function_exists( 'litespeed_finish_request' ) => litespeed_finish_request(),
			default => false,
		};
	}

	/**
	 * @param non-empty-list<Row> $rows
	 * @return bool Whether to go on with the next ones.
	 */
	private function send( array $rows, float $timeout ): bool {
		$answer = $this->client->post_events( $rows, $timeout );
		if ( 202 === $answer->status ) {
			return $this->settle( $rows, $answer );
		}
		if ( 413 === $answer->status ) {
			return $this->halve( $rows, $answer, $timeout );
		}
		$is_busy = null !== $answer->retry_after;
		$this->breaker->open( $answer->describe(), $answer->is_refused() ? self::REFUSED_SECONDS : $answer->retry_after, $is_busy );
		$this->outbox->release( $rows, $answer->describe(), 0 !== $answer->status && ! $is_busy && ! $answer->is_refused() );
		return false;
	}

	/** @param non-empty-list<Row> $rows */
	private function settle( array $rows, Answer $answer ): bool {
		$results = array_column( is_array( $answer->body['results'] ?? null ) ? $answer->body['results'] : array(), null, 'id' );
		$unknown = $this->outbox->settle( $rows, $results );
		$this->wanted->learn( $answer->body );
		if ( array() !== $unknown ) {
			$this->outbox->release( $unknown, 'The sidecar did not say what became of it', true );
			$this->breaker->open( 'Answer 202 without a result for each event', null, false );
			return false;
		}
		$this->note_success();
		return true;
	}

	private function note_success(): void {
		$this->breaker->close();
		Staging::bind( $this->config->key() );
	}

	/** @param non-empty-list<Row> $rows More than the sidecar takes at once. */
	private function halve( array $rows, Answer $answer, float $timeout ): bool {
		if ( 1 === count( $rows ) ) {
			$this->outbox->bury( $rows[0], $answer->describe() );
			return true;
		}
		list( $first, $second ) = array_chunk( $rows, (int) ceil( count( $rows ) / 2 ) );
		if ( $this->send( $first, $timeout ) ) {
			return $this->send( $second, $timeout );
		}
		$this->outbox->release( $second, $answer->describe(), false );
		return false;
	}
}
