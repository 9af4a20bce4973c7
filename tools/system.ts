/**
 * What the end-to-end tests need from the operating system: PHP, MariaDB, nginx, PHPUnit, Chromium with
 * letters for every language of the pages, and a copy of WordPress. `node tools/system.ts` brings all of
 * it; it does nothing when all is there.
 */
import { execFileSync } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";

/** Git-ignored; survives `npm ci`. */
export const cacheDir = join(import.meta.dirname, "..", ".cache");

const wordpressPackages = [
  "wordpress",
  "wordpress-theme-twentytwentythree",
  "php-getid3",
  "libjs-cropper",
  "libjs-underscore",
];
const policyFile = "/usr/sbin/policy-rc.d";
const aptOptions = ["-qq", "-o", "DPkg::Lock::Timeout=300"];

/** Path of a program, or undefined. Looks into the `sbin` folders too, which are not on everybody's PATH. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin", "/sbin"];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** PHP-FPM carries its version in its name (`php-fpm8.2`) on Debian. */
export function findPhpFpm(): string | undefined {
  const php = findProgram("php");
  if (!php) return undefined;
  const version = execFileSync(php, ["-n", "-r", 'echo PHP_MAJOR_VERSION, ".", PHP_MINOR_VERSION;'], {
    encoding: "utf8",
  });
  return findProgram(`php-fpm${version}`) ?? findProgram("php-fpm");
}

/**
 * Makes sure that every program of the tests is there; installs exactly what is missing when this is
 * Debian or Ubuntu and we are root.
 *
 * @throws Error with the one command to run when it may not install
 */
export function ensureSystemPackages(): void {
  ensurePackages(listMissingPackages);
}

/** The same for what only `npm run bench` needs: the Redis of one of those it compares with. */
export function ensureRedis(): void {
  ensurePackages(() => (findProgram("redis-server") ? [] : ["redis-server"]));
}

function ensurePackages(listMissing: () => string[]): void {
  const missing = listMissing();
  if (missing.length === 0) return;
  if (!findProgram("apt-get") || process.getuid?.() !== 0) {
    throw new Error(
      `Some programs are not installed. Run: sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing.join(" ")}`,
    );
  }
  console.log(`Installing with apt-get, once: ${missing.join(" ")}`);
  install(missing);
  const stillMissing = listMissing();
  if (stillMissing.length > 0) throw new Error(`apt-get did not bring ${stillMissing.join(", ")}`);
}

function listMissingPackages(): string[] {
  const programs: [program: string, packageName: string][] = [
    ["mariadbd", "mariadb-server-core"],
    ["mariadb", "mariadb-client-core"],
    ["nginx", "nginx"],
    ["phpunit", "phpunit"],
    ["phpcs", "php-codesniffer"],
    ["chromium", "chromium"],
    ["unshare", "util-linux"],
    ["setpriv", "util-linux"],
  ];
  const missing = programs.filter(([program]) => !findProgram(program)).map(([, packageName]) => packageName);
  return [...new Set([...listMissingPhp(), ...missing, ...listMissingFonts()])];
}

/** Without letters of its own a page is full of empty boxes, all of one width: no measure of it would tell anything. */
function listMissingFonts(): string[] {
  const fonts: [language: string, packageName: string][] = [
    ["bn", "fonts-lohit-beng-bengali"],
    ["hi", "fonts-lohit-deva"],
    ["ml", "fonts-lohit-mlym"],
    ["pa", "fonts-lohit-guru"],
    ["te", "fonts-lohit-telu"],
  ];
  const list = findProgram("fc-list");
  if (!list) return ["fontconfig", ...fonts.map(([, packageName]) => packageName)];
  return fonts
    .filter(([language]) => execFileSync(list, [`:lang=${language}`], { encoding: "utf8" }) === "")
    .map(([, packageName]) => packageName);
}

function listMissingPhp(): string[] {
  const extensions: [module: string, packageName: string][] = [
    ["mysqli", "php-mysql"],
    ["xml", "php-xml"],
    ["mbstring", "php-mbstring"],
    ["curl", "php-curl"],
    ["zip", "php-zip"],
  ];
  const php = findProgram("php");
  const modules = php ? execFileSync(php, ["-m"], { encoding: "utf8" }).split("\n") : [];
  return [
    ...(php ? [] : ["php-cli"]),
    ...(findPhpFpm() ? [] : ["php-fpm"]),
    ...extensions.filter(([module]) => !modules.includes(module)).map(([, packageName]) => packageName),
  ];
}

/** Services must neither start now nor at the next boot: each test brings up its own, on ports of its own. */
function install(packages: readonly string[]): void {
  const isOurPolicy = !existsSync(policyFile);
  if (isOurPolicy) writeFileSync(policyFile, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    runApt(["update"]);
    runApt(["install", "-y", "--no-install-recommends", ...packages]);
  } finally {
    if (isOurPolicy) rmSync(policyFile);
  }
  for (const service of listServices(packages)) {
    execFileSync("update-rc.d", [service, "disable"], { stdio: "ignore" });
  }
}

function listServices(packages: readonly string[]): string[] {
  return readdirSync("/etc/init.d").filter(
    (name) =>
      (["nginx", "redis-server"].includes(name) && packages.includes(name)) ||
      (packages.includes("php-fpm") && /^php[\d.]*-fpm$/.test(name)),
  );
}

function runApt(args: readonly string[], cwd?: string): void {
  try {
    execFileSync("apt-get", [...aptOptions, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      ...(cwd === undefined ? {} : { cwd }),
    });
  } catch (error) {
    const output = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
    throw new Error(`apt-get ${args[0]} failed:\n${output.slice(-2000)}`, { cause: error });
  }
}

/**
 * The files of WordPress, unpacked from Debian's packages without installing them (that would pull in
 * Apache). Needs no root.
 *
 * @returns the folder that holds `wp-load.php`; never changed by a test, each network has a copy
 */
export function ensureWordPress(): string {
  const folder = join(cacheDir, "wordpress");
  if (existsSync(join(folder, "wp-load.php"))) return folder;
  if (!findProgram("apt-get")) {
    throw new Error(`Unpack WordPress 6.1 or newer into ${folder}, so that ${folder}/wp-load.php exists.`);
  }
  console.log("Unpacking WordPress into .cache/, once");
  mkdirSync(cacheDir, { recursive: true });
  const work = mkdtempSync(join(cacheDir, "unpack-"));
  try {
    unpackWordPress(work);
    moveIntoPlace(join(work, "tree"), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}

/** Debian replaces parts of WordPress by links into other packages; `cp -L` makes them files again. */
function unpackWordPress(work: string): void {
  runApt(["download", ...wordpressPackages], work);
  const archives = readdirSync(work).filter((name) => name.endsWith(".deb"));
  for (const archive of archives) execFileSync("dpkg-deb", ["-x", archive, "root"], { cwd: work });
  // Two links dangle (certificates, .htaccess): cp says so, copies the rest, and its status counts for nothing.
  execFileSync("sh", ["-c", "cp -rL root/usr/share/wordpress tree 2>/dev/null; test -f tree/wp-load.php"], {
    cwd: work,
  });
}

/** Somebody else may have been faster: then theirs is as good. */
function moveIntoPlace(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!existsSync(join(to, "wp-load.php"))) throw error;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not to be run: the same to us
  }
}

if (import.meta.main) {
  ensureSystemPackages();
  ensureWordPress();
}
