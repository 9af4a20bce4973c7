<?php
/**
 * Keeps events in files while the database refuses them.
 *
 * @package Sidehook
 */

declare( strict_types=1 );

namespace Sidehook;

/**
 * One file for each event, on the web server that recorded it: whoever sends next from there puts them into the outbox.
 * One that is put there twice keeps its id, and so is one for the sidecar.
 */
final class Spool {

	/** What is wrong with the database is known long before; an event more must not fill the disk. */
	private const MAX_FILES = 10000;

	private const MAX_DRAINED = 500;

	/** @var list<Event> Of the transaction that is open: when it is undone, they are. */
	private array $undecided = array();

	public function __construct( private readonly Transaction $transaction ) {}

	/** @throws \RuntimeException When the disk refuses too. */
	public function keep( Event $event ): void {
		if ( $this->transaction->is_open() ) {
			$this->undecided[] = $event;
		} else {
			$this->write( $event );
		}
	}

	/** The transaction has come to its end. */
	public function decide( bool $is_committed ): void {
		$decided         = $this->undecided;
		$this->undecided = array();
		foreach ( $is_committed ? $decided : array() as $event ) {
			Failures::guard( fn () => $this->write( $event ) );
		}
	}

	/**
	 * Puts what was kept into the outbox, the oldest first.
	 *
	 * @throws \RuntimeException When the database still refuses.
	 */
	public function drain( Outbox $outbox ): void {
		$drained = 0;
		foreach ( array_slice( $this->list_files(), 0, self::MAX_DRAINED ) as $file ) {
			// phpcs:ignore WordPress.PHP.NoSilencedErrors -- another process may just have taken it.
			$kept = json_decode( substr( (string) @file_get_contents( $file ), strlen( Bridge::GUARD ) ), true );
			if ( is_array( $kept ) && $outbox->add( Event::kept( $kept ) ) ) {
				wp_delete_file( $file );
				++$drained;
			}
		}
		if ( $drained > 0 ) {
			Failures::note( "The database had refused $drained events: they waited in files, and are in the outbox now." );
		}
	}

	/** How many wait here, on this web server. */
	public function count(): int {
		return count( $this->list_files() );
	}

	/** Something that is no event, and no loss where it cannot be written. */
	public static function put( string $file, string $text ): void {
		$draft = self::make_folder() . '/' . bin2hex( random_bytes( 16 ) ) . '.new';
		// phpcs:ignore WordPress.PHP.NoSilencedErrors -- the disk may be full, or for reading only.
		if ( ! @file_put_contents( $draft, Bridge::GUARD . $text ) || ! @rename( $draft, $file ) ) {
			@unlink( $draft );
		}
	}

	/** Written whole under another name and then renamed: nobody ever reads half an event. */
	private function write( Event $event ): void {
		$folder = self::make_folder();
		if ( $this->count() >= self::MAX_FILES ) {
			throw new \RuntimeException( "An event is lost: the database refuses, and $folder is full" );
		}
		$file  = "$folder/{$event->id}-" . bin2hex( random_bytes( 16 ) );
		$draft = fopen( "$file.new", 'x' );
		$text  = Bridge::GUARD . wp_json_encode( get_object_vars( $event ) );
		if ( false === $draft || strlen( $text ) !== fwrite( $draft, $text ) || ! fsync( $draft ) || ! fclose( $draft ) || ! rename( "$file.new", "$file.php" ) ) {
			throw new \RuntimeException( "An event is lost: the database refuses, and so does $folder" );
		}
	}

	private static function make_folder(): string {
		$folder = Bridge::FOLDER;
		if ( ! is_dir( $folder ) && wp_mkdir_p( $folder ) ) {
			chmod( $folder, 0700 );
			file_put_contents( "$folder/index.php", Bridge::GUARD );
			file_put_contents( "$folder/.htaccess", "Require all denied\n" );
		}
		return $folder;
	}

	/** @return list<string> In the order of what happened: the ids begin with the time. */
	private function list_files(): array {
		return is_dir( Bridge::FOLDER ) ? ( glob( Bridge::FOLDER . '/evt_*.php' ) ?: array() ) : array();
	}
}
