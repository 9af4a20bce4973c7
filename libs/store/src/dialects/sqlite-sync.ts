/** The log as a file. */
export interface SyncedFile {
  datasync(): Promise<void>;
  close(): Promise<void>;
}

/** Puts what has been committed out of the reach of a power failure. */
export interface LogSync {
  /** Resolves when everything committed before the call is on the disk. */
  untilSynced(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Syncs SQLite's log outside of SQLite, which would hold its lock and this thread meanwhile. A commit has written its
 * pages to the log; syncing that file makes it as durable as `synchronous = FULL` does, and callers that come while a
 * sync is under way share the next one.
 *
 * After one failure all further calls fail: the system may have dropped the pages it could not write, so that a second
 * sync would succeed without them. A restart reads what is really there.
 */
export function createLogSync(openLog: () => Promise<SyncedFile>): LogSync {
  let opening: Promise<SyncedFile> | undefined;
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  async function sync(): Promise<void> {
    const log = await (opening ??= openLog());
    await log.datasync();
  }

  /** A failed one stays where it is, and the next ones end with it. */
  function start(): Promise<void> {
    const started = sync();
    running = started;
    void forget(started).catch(ignore);
    return started;
  }

  async function forget(started: Promise<void>): Promise<void> {
    await started;
    if (running === started) running = undefined;
  }

  async function startAfter(before: Promise<void>): Promise<void> {
    await before;
    next = undefined;
    await start();
  }

  return {
    untilSynced: () => (running ? (next ??= startAfter(running)) : start()),
    async close() {
      await Promise.allSettled([running, next]);
      await (await opening?.catch(ignore))?.close();
    },
  };
}

function ignore(): void {}
