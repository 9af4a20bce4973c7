import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Git-ignored; survives `npm ci`. */
export const benchCache = join(import.meta.dirname, "..", "..", ".cache", "bench");

const listed = join(import.meta.dirname, "peers", "package.json");
const installed = join(benchCache, "package.json");

/**
 * Installs what the engines are compared with, once for each change of the list. Not part of the workspace: their
 * optional native parts are not complete in every registry, which would make `npm ci` fail for everybody.
 */
export function ensurePeers(): void {
  const isInstalled = existsSync(join(benchCache, "node_modules", ".package-lock.json"));
  if (isInstalled && readFileSync(listed, "utf8") === readFileSync(installed, "utf8")) return;
  console.log("Installing the peers into .cache/bench, once");
  mkdirSync(benchCache, { recursive: true });
  copyFileSync(listed, installed);
  const flags = ["--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error"];
  execFileSync("npm", ["install", ...flags], { cwd: benchCache, stdio: "inherit" });
}

/** One of the installed packages. What the caller uses of it is the caller's to describe: its types are not here. */
export async function importPeer<T>(name: string): Promise<T> {
  const path = createRequire(installed).resolve(name);
  return (await import(pathToFileURL(path).href)) as T;
}

export function versionOf(name: string): string {
  const text = readFileSync(join(benchCache, "node_modules", name, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
