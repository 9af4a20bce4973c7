// Makes a clone ready to run: installs the locked packages, the pinned Node among them, once per lockfile.
// Runs on the system's own Node (20 or newer), so it uses nothing that came later.
// What follows it in a script names node_modules/.bin/node: a shell remembers where it found the first `node`.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const stampFile = join(modules, ".bootstrap");
const wantedMajor = 24;
const oldestMajor = 20;

const systemMajor = Number(process.versions.node.split(".")[0]);
if (systemMajor < oldestMajor)
  stop(`Node ${oldestMajor} or newer is needed to install, this is ${process.version}.`);

const stamp = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .update(`${process.platform} ${process.arch}`)
  .digest("hex");
if (!existsSync(stampFile) || readFileSync(stampFile, "utf8") !== stamp) {
  install();
  linkNode();
  writeFileSync(stampFile, stamp);
}

/** Nothing in the tree needs an install script; npm 11 and older would run node-gyp for better-sqlite3. */
function install() {
  console.log("Installing packages …");
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const isWindows = process.platform === "win32";
  const result = spawnSync(isWindows ? "npm.cmd" : "npm", args, {
    cwd: root,
    stdio: "inherit",
    shell: isWindows,
  });
  if (result.error) stop(`npm could not be started: ${result.error.message}`);
  if (result.status !== 0)
    stop("npm ci failed. If the registry cannot be reached, try again when it can; nothing else is needed.");
}

/** npm 10 drops .bin/node when it skips a second optional package with the same command. */
function linkNode() {
  const packaged = join(modules, `node-${packagedPlatform()}-${process.arch}`, "bin", "node");
  const link = join(modules, ".bin", "node");
  if (existsSync(packaged)) {
    mkdirSync(dirname(link), { recursive: true });
    rmSync(link, { force: true });
    symlinkSync(packaged, link);
  } else if (!existsSync(link) && systemMajor < wantedMajor) {
    stop(
      `No packaged Node for ${process.platform} ${process.arch}: install Node ${wantedMajor} or newer and start again.`,
    );
  }
}

function packagedPlatform() {
  return process.platform === "win32" ? "win" : process.platform;
}

function stop(reason) {
  console.error(reason);
  process.exit(1);
}
