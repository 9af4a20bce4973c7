import { createIdSource, type NewId } from "@sidehook/events";
import pRetry from "p-retry";
import { createStore } from "./create-store.ts";
import type { Backend, Checkpoints, OpenDatabase } from "./dialects/dialect.ts";
import { postgres } from "./dialects/postgres.ts";
import { sqlite } from "./dialects/sqlite.ts";
import { migrate } from "./migrate.ts";
import type { Store } from "./store.ts";

export interface OpenOptions {
  /** `sqlite:/path/to/file.db` or `postgres://user:password@host/database`. */
  url: string;
  /** The clock, in unix milliseconds. */
  now: () => number;
  /** Default: UUIDv7 by that clock. */
  newId?: NewId;
}

const backends: readonly Backend[] = [sqlite, postgres];

/** How long to wait for a database that starts at the same time. */
const patienceMs = 60_000;

/**
 * Opens a database, waits for it, brings its schema up to date.
 *
 * @throws NewerSchemaError if a newer version has set it up
 * @throws TypeError for a URL of no known kind
 * @example const store = await openStore({ url: "sqlite:./data/sidehook.db", now: Date.now });
 */
export async function openStore({ url, now, newId }: OpenOptions): Promise<Store> {
  const database = await openDatabase(url);
  await refuseMoving(url, database);
  return createStore(database, { now, newId: newId ?? createIdSource(now) });
}

/** A database that is being moved belongs to the program that moves it; one that has moved would lose what it took. */
async function refuseMoving(url: string, database: OpenDatabase): Promise<void> {
  const rows = await database.db
    .selectFrom("meta")
    .select("name")
    .where("name", "in", ["moved", "transfer"])
    .execute();
  const isMoved = rows.some(({ name }) => name === "moved");
  // Of the old database the transfer may still be going on: the sidecar works with it meanwhile.
  if (!isMoved && (rows.length === 0 || url.startsWith("sqlite:"))) return;
  await database.close();
  throw new MovedError(isMoved);
}

/** Thrown at the start: everything is, or will be, in another database. */
export class MovedError extends Error {
  constructor(isMoved: boolean) {
    super(
      isMoved
        ? "this database has been moved to Postgres: set SIDEHOOK_DATABASE_URL to the new one"
        : "this database is being filled by migrate-store: let that end first",
    );
    this.name = "MovedError";
  }
}

/**
 * Starts what keeps the log of a SQLite file short while a service works with it: one in each process is enough, and to
 * be stopped before the store is closed. The file must exist.
 *
 * @param onFault told when it has died; it starts again by itself
 */
export function startCheckpoints(url: string, onFault: (error: unknown) => void): Checkpoints {
  return backendFor(url).startCheckpoints?.(url, onFault) ?? { stop: () => Promise.resolve() };
}

/** A new connection for each try, as one that failed half-way is of no use. */
export function openDatabase(url: string): Promise<OpenDatabase> {
  const backend = backendFor(url);
  return pRetry(
    async () => {
      const database = backend.open(url);
      try {
        await migrate(database.db, database.dialect);
        return database;
      } catch (error) {
        await database.close();
        throw error;
      }
    },
    {
      retries: Number.POSITIVE_INFINITY,
      maxRetryTime: patienceMs,
      minTimeout: 50,
      maxTimeout: 2_000,
      randomize: true,
      shouldRetry: ({ error }) => backend.isNotReady(error),
    },
  );
}

function backendFor(url: string): Backend {
  const backend = backends.find(({ schemes }) => schemes.some((scheme) => url.startsWith(`${scheme}:`)));
  if (!backend) throw new TypeError("the database URL must begin with sqlite: or postgres:");
  return backend;
}
