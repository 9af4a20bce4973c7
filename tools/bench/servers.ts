import { mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { Client } from "pg";
import { startPostgres } from "../postgres.ts";
import { ensureRedis, findProgram } from "../system.ts";
import { canConnect, endProcess, listTree, pidOf, spawnGuarded, untilReady } from "./processes.ts";

export type AppendFsync = "always" | "everysec";

export interface RedisServer {
  socket: string;
  listPids: () => number[];
}

export interface PostgresDatabase {
  url: string;
  listPids: () => number[];
}

/** The database servers of a run, started when first asked for and private to it. */
export interface Servers {
  /** Empty at each call. */
  openRedis: (fsync: AppendFsync) => Promise<RedisServer>;
  /** A new database at each call; the one before is dropped. */
  openPostgres: () => Promise<PostgresDatabase>;
  stop: () => Promise<void>;
}

/**
 * @param parent where the servers get a folder of their own
 * @param env added to the environment of the servers
 */
export function createServers(parent: string, env: Readonly<Record<string, string>>): Servers {
  const folder = mkdtempSync(join(parent, "servers-"));
  const redis = new Map<AppendFsync, ReturnType<typeof startRedis>>();
  let postgres: ReturnType<typeof startDatabases> | undefined;
  return {
    async openRedis(fsync) {
      const started = redis.get(fsync) ?? startRedis(join(folder, `redis-${fsync}`), fsync, env);
      redis.set(fsync, started);
      return (await started).empty();
    },
    async openPostgres() {
      postgres ??= startDatabases(env);
      return (await postgres).create();
    },
    async stop() {
      for (const started of redis.values()) await (await started).stop();
      await (await postgres)?.stop();
    },
  };
}

async function startRedis(folder: string, fsync: AppendFsync, env: Readonly<Record<string, string>>) {
  ensureRedis();
  const program = findProgram("redis-server");
  if (!program) throw new Error("redis-server is not installed");
  mkdirSync(folder);
  const socket = join(folder, "socket");
  const log = join(folder, "log");
  const durable = ["--appendonly", "yes", "--appendfsync", fsync, "--save", ""];
  const place = ["--port", "0", "--unixsocket", socket, "--dir", folder];
  const child = spawnGuarded([program, ...place, ...durable], { log, env });
  await untilReady(child, log, () => canConnect({ path: socket }));
  return {
    async empty(): Promise<RedisServer> {
      await sendToRedis(socket, "FLUSHALL");
      return { socket, listPids: () => [pidOf(child)] };
    },
    stop: () => endProcess(child, "SIGKILL"),
  };
}

/** Postgres with its own settings, but durable: a commit has been synced when it is answered. */
async function startDatabases(env: Readonly<Record<string, string>>) {
  const server = await startPostgres({ isDurable: true, env });
  const folder = decodeURIComponent(new URL(server.url).searchParams.get("host") ?? "");
  const pid = Number(readFileSync(join(folder, "data", "postmaster.pid"), "utf8").split("\n")[0]);
  let count = 0;
  return {
    async create(): Promise<PostgresDatabase> {
      const name = `bench_${++count}`;
      await runSql(server.url, [
        ...(count > 1 ? [`drop database bench_${count - 1} with (force)`] : []),
        `create database ${name}`,
        "checkpoint", // what the one before left to be written must not slow this one down
      ]);
      const url = new URL(server.url);
      url.pathname = `/${name}`;
      return { url: url.href, listPids: () => listTree(pid) };
    },
    stop: () => server.stop(),
  };
}

async function runSql(url: string, statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

async function sendToRedis(socket: string, command: string): Promise<void> {
  const connection = connect({ path: socket });
  connection.write(`${command}\r\n`);
  await once(connection, "data");
  connection.destroy();
}
