import { parentPort, workerData } from "node:worker_threads";
import Sqlite from "better-sqlite3";
import { logBytes } from "./sqlite-log.ts";

/** Short: who waits for readers does so with the lock that the others need. */
const lockPatienceMs = 20;
const lookEveryMs = 25;
/** After that has happened. A backup reads for as long as it takes. */
const pauseForReadersMs = 1000;

const connection = new Sqlite(workerData as string, { fileMustExist: true, timeout: lockPatienceMs });
connection.pragma("synchronous = NORMAL"); // syncs the log before the file is written, and the file before the log is
const pageBytes = Number(connection.pragma("page_size", { simple: true }));
let tryAgainAt = 0;

interface LogState {
  /** 1: a lock was not free. */
  busy: number;
  /** Pages in the log, and how many of them are in the file, too. */
  log: number;
  checkpointed: number;
}

function checkpoint(mode: "noop" | "passive" | "restart"): LogState {
  const [state] = connection.pragma(`wal_checkpoint(${mode})`) as [LogState];
  return state;
}

/**
 * A passive checkpoint holds nobody up; the log begins anew with the next commit after one that has reached its end. When
 * others commit without a pause none ever does: then the rest of a log that has become long is written under the lock.
 */
function tend(): void {
  const before = checkpoint("noop");
  if ((before.log - before.checkpointed) * pageBytes < logBytes.first) return;
  const { log, checkpointed } = checkpoint("passive");
  const isRead = checkpointed < log; // as it was before, by somebody who has not ended since
  if (isRead || log * pageBytes < logBytes.long || performance.now() < tryAgainAt) return;
  const after = checkpoint("restart");
  if (after.busy === 1 && after.checkpointed === after.log)
    tryAgainAt = performance.now() + pauseForReadersMs;
}

const timer = setInterval(tend, lookEveryMs);
parentPort?.once("message", () => {
  clearInterval(timer);
  connection.close();
});
