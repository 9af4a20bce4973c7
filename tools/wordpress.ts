/**
 * A throw-away WordPress network for tests: real MariaDB, real PHP-FPM, real nginx, on loopback only.
 * `node tools/wordpress.ts` brings one up and prints where it is.
 */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { ensureSystemPackages, ensureWordPress, findPhpFpm, findProgram } from "./system.ts";
import {
  buildFpmConfig,
  buildNginxConfig,
  buildWpConfig,
  networkConstants,
  swallowMail,
  type ConstantValue,
} from "./wordpress-config.ts";
import { findFreePort, runProgram, startService, type Service } from "./wordpress-process.ts";
import { ensureTemplate, password, people, startMariadb, templateDomain } from "./wordpress-template.ts";

export { people } from "./wordpress-template.ts";

const bridgeFolder = join(dirname(import.meta.dirname), "wp-bridge");
const fpmWorkers = 6;

/** What goes into `wp-config.php`; left out means not defined there. */
export interface BridgeSettings {
  sidecarUrl?: string;
  /** `whsec_…`, the same as the sidecar's `SIDEHOOK_BRIDGE_KEY`. */
  bridgeKey?: string;
  mode?: "takeover" | "observe" | "off";
  /** Further constants, for example `{ WP_DEBUG: false }`. */
  constants?: Readonly<Record<string, ConstantValue>>;
}

export interface WordPressOptions extends BridgeSettings {
  /** Folders of further plugins, linked and activated on the whole network before the bridge is. */
  plugins?: readonly string[];
  /** Lets page requests start WP-Cron, as WordPress does by itself. Default: only `wp-cron.php` runs it. */
  hasCron?: boolean;
}

export interface PhpOptions {
  /** Path of the site that is asked for: `/shop/`. Default `/`. */
  path?: string;
  env?: Record<string, string>;
}

export interface WordPress {
  /** Without a slash at its end: `http://127.0.0.1:20456`. Sites: `/`, `/shop/` (id 2), `/news/` (id 3). */
  url: string;
  /** The folder of `wp-load.php`, for this network alone. */
  root: string;
  /** A super admin. `people` has a site admin and a subscriber with the same password. */
  adminUser: string;
  adminPassword: string;
  /**
   * Runs PHP code (no opening tag) in this WordPress, on the command line, and answers what it printed.
   * @throws Error with all it said when PHP ends with an error
   */
  php: (code: string, options?: PhpOptions) => Promise<string>;
  /** Rows of an SQL statement, each value a text or null. */
  query: (sql: string) => Promise<Record<string, string | null>[]>;
  /** Writes `wp-config.php` anew; the next request sees it. */
  configure: (settings: BridgeSettings) => void;
  /** What PHP has written into its error log so far, but for WordPress's complaints about its own age and about being cut off. */
  readErrors: () => string;
  stop: () => Promise<void>;
}

/**
 * Brings up a network with the bridge active on all of it, in about two seconds once the template exists.
 *
 * @example const wordpress = await startWordPress({ sidecarUrl, bridgeKey }); … await wordpress.stop();
 */
export async function startWordPress(options: WordPressOptions = {}): Promise<WordPress> {
  ensureSystemPackages();
  const template = await ensureTemplate();
  const folder = mkdtempSync(join(tmpdir(), "sidehook-wp-"));
  const services: Service[] = [];
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", removeFolder);
  const stop = async () => {
    for (const service of services.splice(0).toReversed()) await service.stop("SIGTERM");
    removeFolder();
    process.off("exit", removeFolder);
  };
  try {
    execFileSync("cp", ["-r", template, join(folder, "data")]);
    execFileSync("cp", ["-r", ensureWordPress(), join(folder, "wordpress")]);
    services.push(stopHard(await startMariadb(folder)));
    const port = await findFreePort();
    const wordpress = openNetwork(folder, port, options);
    await activate(wordpress, port, options.plugins ?? []);
    services.push(await startFpm(folder), await startNginx(folder, port));
    return { ...wordpress, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The data is thrown away: nothing is worth a clean shutdown. */
function stopHard(service: Service): Service {
  return { stop: () => service.stop("SIGKILL") };
}

function openNetwork(folder: string, port: number, options: WordPressOptions): Omit<WordPress, "stop"> {
  const root = join(folder, "wordpress");
  const domain = `127.0.0.1:${port}`;
  const errorLog = join(folder, "errors.log");
  const socket = join(folder, "mysql.sock");
  const scripts = writeScripts(folder, socket);
  allowPort(root);
  const configure = (settings: BridgeSettings) => {
    const constants = { ...networkConstants, DOMAIN_CURRENT_SITE: domain, ...bridgeConstants(settings) };
    const cron = options.hasCron === true ? {} : { DISABLE_WP_CRON: true };
    const config = { domain, socket, errorLog, constants: { ...cron, ...constants } };
    writeFileSync(join(root, "wp-config.php"), buildWpConfig(config));
  };
  configure(options);
  return {
    url: `http://${domain}`,
    root,
    adminUser: people.admin,
    adminPassword: password,
    php: (code, { path = "/", env = {} } = {}) =>
      runPhp([scripts.run, root], { stdin: code, env: { ...env, WP_PATH: path } }),
    query: async (sql) =>
      JSON.parse(await runPhp([scripts.query], { stdin: sql })) as Record<string, string | null>[],
    configure,
    readErrors: () => (existsSync(errorLog) ? withoutCore(readFileSync(errorLog, "utf8"), root) : ""),
  };
}

/** WordPress 6.1 is older than the PHP below it, and misses its update server. */
function withoutCore(log: string, root: string): string {
  const isOfCore = (line: string) =>
    /PHP (Deprecated|Warning): /.test(line) &&
    [`${root}/wp-includes/`, `${root}/wp-admin/`].some((folder) => line.includes(folder));
  return log
    .split("\n")
    .filter((line) => !isOfCore(line))
    .join("\n");
}

function bridgeConstants({ sidecarUrl, bridgeKey, mode, constants }: BridgeSettings) {
  return {
    ...(sidecarUrl === undefined ? {} : { SIDEHOOK_URL: sidecarUrl }),
    ...(bridgeKey === undefined ? {} : { SIDEHOOK_KEY: bridgeKey }),
    ...(mode === undefined ? {} : { SIDEHOOK_MODE: mode }),
    ...constants,
  };
}

function runPhp(args: readonly string[], options: { stdin: string; env?: Record<string, string> }) {
  return runProgram([findProgram("php") ?? "php", "-d", `sendmail_path=${swallowMail}`, ...args], options);
}

/** Code and SQL come in by stdin: no quoting, no limit of length. */
function writeScripts(folder: string, socket: string): { run: string; query: string } {
  const scripts = { run: join(folder, "run.php"), query: join(folder, "query.php") };
  writeFileSync(
    scripts.run,
    "<?php require $argv[1] . '/wp-load.php'; eval( stream_get_contents( STDIN ) );",
  );
  writeFileSync(
    scripts.query,
    `<?php $db = new mysqli( null, 'root', '', 'wordpress', 0, '${socket}' );
$db->set_charset( 'utf8mb4' );
$result = $db->query( stream_get_contents( STDIN ) );
echo json_encode( is_bool( $result ) ? [] : $result->fetch_all( MYSQLI_ASSOC ), JSON_THROW_ON_ERROR );`,
  );
  return scripts;
}

/** WordPress cuts the colon out of the domain of a new site, as if the port were part of a user name. */
function allowPort(root: string): void {
  const folder = join(root, "wp-content/mu-plugins");
  mkdirSync(folder);
  writeFileSync(
    join(folder, "allow-port.php"),
    "<?php add_filter( 'sanitize_user', fn ( $user, $raw ) => DOMAIN_CURRENT_SITE === $raw ? $raw : $user, 10, 2 );",
  );
}

/** Moves the copy to its own port, then activates as an admin would, so that the activation hooks run. */
async function activate(wordpress: Omit<WordPress, "stop">, port: number, plugins: readonly string[]) {
  const domain = `127.0.0.1:${port}`;
  const tables: [table: string, column: string][] = [
    ["wp_blogs", "domain"],
    ["wp_site", "domain"],
    ["wp_sitemeta", "meta_value"],
    ...["wp_options", "wp_2_options", "wp_3_options"].map((table): [string, string] => [
      table,
      "option_value",
    ]),
  ];
  for (const [table, column] of tables) {
    const isText = column === "domain" ? "" : `AND ${column} LIKE 'http%'`;
    await wordpress.query(
      `UPDATE ${table} SET ${column} = REPLACE(${column}, '${templateDomain}', '${domain}') WHERE ${column} LIKE '%${templateDomain}%' ${isText}`,
    );
  }
  const folders = new Map([
    ...plugins.map((path) => [basename(path), path] as const),
    ["sidehook", bridgeFolder],
  ]);
  for (const [name, path] of folders) symlinkSync(path, join(wordpress.root, "wp-content/plugins", name));
  const said = await wordpress.php(activateAll([...folders.keys()]));
  if (said !== "") throw new Error(`A plugin could not be activated: ${said}`);
}

function activateAll(names: readonly string[]): string {
  return `require_once ABSPATH . 'wp-admin/includes/plugin.php';
foreach ( ${JSON.stringify(names)} as $name ) {
	$result = activate_plugin( "$name/" . array_key_first( get_plugins( "/$name" ) ), '', true );
	if ( is_wp_error( $result ) ) echo $name, ': ', $result->get_error_message();
}`;
}

/** `wp-config.php` stays out of opcache, which would go on with the old one for two seconds. */
function startFpm(folder: string): Promise<Service> {
  const config = join(folder, "fpm.conf");
  const uncached = join(folder, "opcache-blacklist");
  writeFileSync(config, buildFpmConfig(folder, fpmWorkers));
  writeFileSync(uncached, join(folder, "wordpress/wp-config.php") + "\n");
  const asRoot = process.getuid?.() === 0 ? ["--allow-to-run-as-root"] : [];
  return startService(
    [findPhpFpm() ?? "php-fpm", ...asRoot, "-y", config, "-d", `opcache.blacklist_filename=${uncached}`],
    { path: join(folder, "fpm.sock") },
    join(folder, "fpm.log"),
  );
}

function startNginx(folder: string, port: number): Promise<Service> {
  const config = join(folder, "nginx.conf");
  writeFileSync(config, buildNginxConfig(folder, port, process.getuid?.() === 0));
  return startService(
    [findProgram("nginx") ?? "nginx", "-c", config, "-e", join(folder, "nginx.log")],
    { host: "127.0.0.1", port },
    join(folder, "nginx.log"),
  );
}

/** Settings come from the environment, as they do for the bridge itself. */
async function serve(): Promise<void> {
  const { SIDEHOOK_URL: sidecarUrl, SIDEHOOK_KEY: bridgeKey } = process.env;
  const wordpress = await startWordPress({
    ...(sidecarUrl === undefined ? {} : { sidecarUrl }),
    ...(bridgeKey === undefined ? {} : { bridgeKey }),
  });
  console.log(`WordPress network: ${wordpress.url}/wp-admin/network/`);
  console.log(`Log in as ${wordpress.adminUser} with ${wordpress.adminPassword}. Ctrl-C ends it.`);
  const alive = setInterval(() => {}, 60_000);
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  clearInterval(alive);
  await wordpress.stop();
}

if (import.meta.main) await serve();
