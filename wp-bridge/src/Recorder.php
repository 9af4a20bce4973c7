<?php
/**
 * Decides whether an event is recorded, and puts it into the outbox.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

final class Recorder {

	private ?Coalescer $coalescer = null;

	private ?Told $told = null;

	/** An event that is caused by recording one would cause the next. */
	private bool $is_recording = false;

	/** The database connection on which happened what is recorded: what we ask the database for ourselves may open a new one. */
	private mixed $connection = null;

	/** @var array<string, string> Event id => type: recorded by this request and not yet offered to the sidecar. */
	private array $waiting = array();

	/** The first event of a page waits for each class that is loaded for it: what it may not need is asked for when it does. */
	public function __construct( private readonly Bridge $bridge ) {}

	/** What waits for the end of the request. */
	public function coalescer(): Coalescer {
		return $this->coalescer ??= new Coalescer( $this->add_kept( ... ) );
	}

	public function told(): Told {
		return $this->told ??= new Told();
	}

	/** See `Coalescer`. */
	public function release_kept(): void {
		$this->coalescer?->release_all();
	}

	/** A queue takes up the next thing to do: to us that is another request, in which the same things may happen again. */
	public function begin_request(): void {
		$this->release_kept();
		$this->told?->forget_all();
	}

	public function count_waiting(): int {
		return count( $this->waiting );
	}

	/** @return array<string, string> Id and type of what perhaps nobody wants, see `Wanted`: whoever flushes has to ask about it. */
	public function forget_waiting(): array {
		$waiting       = $this->waiting;
		$this->waiting = array();
		return array_filter( $waiting, fn ( string $type ): bool => 'sidehook.test' !== $type && ! $this->bridge->wanted()->has( $type ) );
	}

	/** @see sidehook_send_event() */
	public function send_event( string $type, array $payload, array $context ): string {
		return $this->send( $type, $payload, $context, $this->may_record( $type ) );
	}

	/** Goes out whether a webhook wants it or not: a person has asked for it. */
	public function send_test( array $payload ): string {
		return $this->send( 'sidehook.test', $payload, array(), 'off' !== $this->bridge->config()->mode() );
	}

	/**
	 * @param mixed|\Closure            $payload What is sent, or a function that makes it if anybody wants it.
	 * @param array<string, int|string> $context Replaces what is found out by itself.
	 */
	public function record( string $type, mixed $payload, array $context = array() ): void {
		if ( $this->may_record( $type ) ) {
			$this->add( $type, $payload, $context );
		}
	}

	/** What Ultimate Multisite is about to send. Where it leaves that to the sidecar it is wanted, whatever the list of a moment ago says. */
	public function record_before_sent( string $type, mixed $payload ): void {
		if ( $this->may_record( $type ) || ( $this->is_taken_over( $type ) && $this->is_allowed( $type ) ) ) {
			$this->add( $type, $payload, array() );
		}
	}

	/** Beyond some in a minute they are only counted, and told as one. */
	public function record_limited( string $type, array $payload ): void {
		if ( $this->may_record( $type ) && $this->bridge->valve()->lets_through( $type, $payload ) ) {
			$this->add( $type, $payload, array() );
		}
	}

	/**
	 * Tells of something once, at the end of the request, however often it happens to the same object in it.
	 *
	 * @param string                           $key     Type and object.
	 * @param array<string, mixed>|\Closure    $payload The last one is sent. A function that answers null has found nothing to tell.
	 * @param ?array<string, array|true>       $changes Each with the value before and now; null where they are not told.
	 *                                                  The first `old` and the last `new` are sent; nothing when they are equal.
	 */
	public function coalesce( string $key, string $type, array|\Closure $payload, ?array $changes = null ): void {
		if ( $this->may_record( $type ) ) {
			$this->coalescer()->keep( $key, new Kept( $type, $payload, $changes, Event::context(), microtime( true ) ) );
		}
	}

	/** Runs something with a site as the current one, and goes back whatever happens. */
	public function on_site( int $site_id, \Closure $run ): void {
		switch_to_blog( $site_id );
		try {
			$run();
		} finally {
			restore_current_blog();
		}
	}

	/** Asked before a payload is made: most hooks fire for nobody, and so this comes first. */
	public function may_record( string $type ): bool {
		return $this->is_allowed( $type ) && ( $this->bridge->wanted()->has( $type ) || $this->bridge->wanted()->is_doubtful() );
	}

	private function is_allowed( string $type ): bool {
		$this->connection = $GLOBALS['wpdb']->dbh;
		return ! $this->is_recording
			&& 'off' !== $this->bridge->config()->mode()
			&& ( ! Options::get( 'sidehook_groups_off' ) || $this->bridge->groups()->is_on( $type ) );
	}

	/** Whether Ultimate Multisite leaves events of this type to the sidecar, for some webhook at least. */
	public function is_taken_over( string $type ): bool {
		return true === $this->bridge->find_handover()?->has( $type );
	}

	private function send( string $type, array $payload, array $context, bool $is_recorded ): string {
		Event::validate( $type, $payload, $context );
		$id = '';
		if ( $is_recorded ) {
			Failures::guard(
				function () use ( $type, $payload, $context, &$id ): void {
					$id = $this->add( $type, array() === $payload ? new \stdClass() : $payload, $context );
				}
			);
		}
		return $id;
	}

	private function add_kept( Kept $kept ): void {
		$this->connection = $GLOBALS['wpdb']->dbh;
		$payload          = $kept->payload();
		if ( null !== $payload ) {
			$this->add( $kept->type, $payload, $kept->context, $kept->at );
		}
	}

	/** @param array<string, mixed> $context */
	private function add( string $type, mixed $payload, array $context, ?float $at = null ): string {
		if ( Options::get( 'sidehook_full' ) && ! $this->bridge->capacity()->has_room_for( $type ) ) {
			$this->lose( $type );
			return '';
		}
		$this->is_recording = true;
		try {
			$payload  = $payload instanceof \Closure ? $payload() : $payload;
			$handover = $this->bridge->find_handover();
			$event    = Event::happened( $type, $payload, $handover?->mark( $type, $context ) ?? $context, $at );
			$outcome  = $this->keep( $event );
		} finally {
			$this->is_recording = false;
		}
		if ( 'undone' !== $outcome ) {
			$handover?->settle( $event );
		}
		if ( 'outbox' !== $outcome ) {
			return 'spool' === $outcome ? $event->id : '';
		}
		$this->waiting[ $event->id ] = $type;
		$this->bridge->note_recorded( count( $this->waiting ) );
		return $event->id;
	}

	private function lose( string $type ): void {
		if ( $this->bridge->wanted()->has( $type ) ) {
			$this->bridge->capacity()->count_lost( $type );
		}
	}

	/** @return 'outbox'|'spool'|'undone' Where it is now. */
	private function keep( Event $event ): string {
		try {
			return $this->bridge->outbox()->add( $event, $this->connection ) ? 'outbox' : 'undone';
		} catch ( \RuntimeException $refusal ) {
			Failures::log( "{$refusal->getMessage()}. The event {$event->id} waits in a file." );
			$this->bridge->spool()->keep( $event );
			return 'spool';
		}
	}
}
