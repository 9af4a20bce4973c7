import { execFileSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../system.ts";

/**
 * The environment of a process whose disk takes so much longer for each fsync, or undefined without a C compiler.
 *
 * @param folder gets the compiled part; must be open to the user that Postgres runs as
 */
export function buildSlowDisk(folder: string, delayMs: number): Record<string, string> | undefined {
  const compiler = findProgram("gcc") ?? findProgram("cc");
  if (!compiler || process.platform !== "linux") return undefined;
  const library = join(folder, "slow-disk.so");
  const source = join(import.meta.dirname, "slow-disk.c");
  execFileSync(compiler, ["-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"]);
  chmodSync(library, 0o755);
  return { LD_PRELOAD: library, BENCH_FSYNC_DELAY_US: String(delayMs * 1000) };
}
