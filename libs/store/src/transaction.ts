import { setTimeout as delay } from "node:timers/promises";
import pRetry from "p-retry";
import type { QueryExecutorProvider, Transaction } from "kysely";
import type { StoreContext } from "./context.ts";
import type { Schema } from "./schema.ts";

/** How long somebody who waits for an answer is kept waiting for a busy database. */
const patienceMs = 5_000;
/** An attempt that was made can only be recorded: waiting is better than making it twice. */
const recordingPatienceMs = 60_000;

/**
 * Other connections hold SQLite's lock for some milliseconds and nobody queues for it: who waits much longer than that
 * between two tries finds it taken again and again.
 */
const longestWaitForOthersMs = 10;
/** A database that is away comes back no sooner for being asked more often. */
const longestWaitForDatabaseMs = 250;

/** Between the pieces of long work: on SQLite nobody else gets the write lock, or in this thread a turn, but then. */
const pauseMs = 10;

type Work<T> = (trx: Transaction<Schema>) => Promise<T>;
type Tools = Pick<StoreContext, "db" | "dialect">;

/**
 * Runs `work` in one write transaction, again if another connection was in the way and nothing of it stands. What it
 * wrote is durable when the promise resolves.
 */
export async function inTransaction<T>(tools: Tools, work: Work<T>): Promise<T> {
  const result = await inCommittedTransaction(tools, work);
  await tools.dialect.untilDurable();
  return result;
}

/**
 * The same, but a failure of the database's machine within the next moments may take it back, and nothing else can: for
 * claims and for what has become of them, so that the worst that follows is an attempt made twice.
 */
export function inQuickTransaction<T>(tools: Tools, work: Work<T>): Promise<T> {
  return inCommittedTransaction(tools, async (trx) => {
    await tools.dialect.makeQuick(trx);
    return work(trx);
  });
}

/** The same for a caller that waits itself, for several commits at once, until the database says that they are durable. */
export function inCommittedTransaction<T>({ db, dialect }: Tools, work: Work<T>): Promise<T> {
  return retrying(() => db.transaction().execute(work), {
    shouldRetry: (error) => dialect.isConflict(error),
    maxRetryTime: patienceMs,
    longestWaitMs: longestWaitForOthersMs,
  });
}

/**
 * A quick one that is run again also when the database went away or was full. `work` may then run although its first run stands:
 * only for what a guard protects from being done twice.
 */
export function inGuardedTransaction<T>(tools: Tools, work: Work<T>): Promise<T> {
  return retrying(() => inQuickTransaction(tools, work), {
    shouldRetry: (error) => tools.dialect.isConflict(error) || tools.dialect.isUnavailable(error),
    maxRetryTime: recordingPatienceMs,
    longestWaitMs: longestWaitForDatabaseMs,
  });
}

/**
 * Repeats a small transaction until it says that it was the last one.
 *
 * @param restPerWork for what nobody waits for: pauses so many times as long as the piece before has taken
 */
export async function inPieces(
  doPiece: () => Promise<{ isLast: boolean }>,
  restPerWork: number = 0,
): Promise<void> {
  for (;;) {
    const startedAt = performance.now();
    if ((await doPiece()).isLast) return;
    await delay(Math.max(pauseMs, restPerWork * (performance.now() - startedAt)));
  }
}

/**
 * To run statements of one transaction side by side: a server is sent all of them, and does one while the next is on its
 * way. Kysely itself would wait for the answer to each.
 */
export async function pipelined(trx: Transaction<Schema>): Promise<QueryExecutorProvider> {
  const executor = trx.getExecutor();
  const connection = await executor.provideConnection((provided) => Promise.resolve(provided));
  const together = executor.withConnectionProvider({ provideConnection: (use) => use(connection) });
  return { getExecutor: () => together };
}

/**
 * What needs no answer of each other. Ends when all have ended, so that none goes on when their transaction is over; fails
 * with what failed first.
 */
export async function sideBySide<T extends readonly unknown[]>(parts: {
  readonly [At in keyof T]: Promise<T[At]>;
}): Promise<T> {
  const all = Promise.all(parts) as Promise<T>;
  // What fails after the first fails because of it.
  await all.catch(() => Promise.allSettled(parts));
  return all;
}

interface Retrying {
  shouldRetry: (error: Error) => boolean;
  maxRetryTime: number;
  longestWaitMs: number;
}

function retrying<T>(
  run: () => Promise<T>,
  { shouldRetry, maxRetryTime, longestWaitMs }: Retrying,
): Promise<T> {
  return pRetry(run, {
    retries: Number.POSITIVE_INFINITY,
    maxRetryTime,
    minTimeout: 2,
    maxTimeout: longestWaitMs,
    randomize: true,
    shouldRetry: ({ error }) => shouldRetry(error),
  });
}
