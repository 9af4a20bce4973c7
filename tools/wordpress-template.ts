/**
 * A finished database of a WordPress network, made once and copied for each test: installing takes twenty
 * seconds, copying none.
 */
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheDir, ensureWordPress, findProgram } from "./system.ts";
import { buildWpConfig, networkConstants, swallowMail } from "./wordpress-config.ts";
import { runProgram, startService, type Service } from "./wordpress-process.ts";

/** People of the network, all with the same password. `shopkeeper` is administrator of `/shop/`, `reader` a subscriber there. */
export const people = { admin: "admin", siteAdmin: "shopkeeper", subscriber: "reader" } as const;
export const password = "correct-horse-battery";

/** Stands in the template's tables until a copy gets its port. */
export const templateDomain = "template.invalid";

const mariadbOptions = [
  "--skip-networking",
  "--innodb-buffer-pool-size=64M",
  "--innodb-log-file-size=16M",
  "--performance-schema=OFF",
  "--skip-name-resolve",
];

const installNetwork = `<?php
define( 'WP_INSTALLING', true );
define( 'WP_SITEURL', 'http://${templateDomain}' );
require $argv[1] . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install( 'Test Network', '${people.admin}', 'admin@network.example', true, '', '${password}' );
foreach ( $wpdb->tables( 'ms_global' ) as $table => $prefixed ) $wpdb->$table = $prefixed;
install_network();
populate_network( 1, '${templateDomain}', 'admin@network.example', 'Test Network', '/', false );
update_option( 'permalink_structure', '/%year%/%monthnum%/%day%/%postname%/' );
`;

const addSites = `<?php
require $argv[1] . '/wp-load.php';
update_site_option( 'registration', 'none' );
foreach ( [ 'shop' => 'Shop', 'news' => 'News' ] as $path => $title ) {
	$site = wpmu_create_blog( '${templateDomain}', "/$path/", $title, 1, [ 'public' => 1 ], 1 );
	if ( is_wp_error( $site ) ) exit( $site->get_error_message() );
}
foreach ( [ '${people.siteAdmin}' => 'administrator', '${people.subscriber}' => 'subscriber' ] as $login => $role ) {
	$user = wpmu_create_user( $login, '${password}', "$login@network.example" );
	add_user_to_blog( 2, $user, $role );
}
`;

/** Starts a MariaDB of its own in `folder/data`, reachable by `folder/mysql.sock` only; commits are durable. */
export function startMariadb(folder: string): Promise<Service> {
  const socket = join(folder, "mysql.sock");
  const asRoot = process.getuid?.() === 0 ? ["--user=root"] : [];
  const files = [
    `--datadir=${join(folder, "data")}`,
    `--socket=${socket}`,
    `--pid-file=${join(folder, "mysql.pid")}`,
  ];
  return startService(
    [findProgram("mariadbd") ?? "mariadbd", "--no-defaults", ...files, ...asRoot, ...mariadbOptions],
    { path: socket },
    join(folder, "mariadb.log"),
  );
}

/** @returns the folder of the template's database files; made now if this is the first time */
export async function ensureTemplate(): Promise<string> {
  const template = join(cacheDir, `network-${templateHash()}`);
  if (existsSync(template)) return template;
  console.log("Installing the WordPress network that the tests copy, once");
  mkdirSync(cacheDir, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), "sidehook-template-"));
  try {
    await makeTemplate(folder);
    const staged = mkdtempSync(join(cacheDir, "network-new-"));
    execFileSync("cp", ["-r", join(folder, "data") + "/.", staged]);
    moveIntoPlace(staged, template);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return template;
}

async function makeTemplate(folder: string): Promise<void> {
  const asRoot = process.getuid?.() === 0 ? ["--user=root"] : [];
  await runProgram([
    "mariadb-install-db",
    "--no-defaults",
    `--datadir=${join(folder, "data")}`,
    "--skip-name-resolve",
    "--skip-test-db",
    "--force",
    "--auth-root-authentication-method=normal",
    ...asRoot,
  ]);
  const mariadb = await startMariadb(folder);
  try {
    await installInto(folder);
  } finally {
    await mariadb.stop("SIGTERM"); // a clean shutdown: the copies start without recovery
  }
}

async function installInto(folder: string): Promise<void> {
  const root = join(folder, "wordpress");
  const socket = join(folder, "mysql.sock");
  execFileSync("cp", ["-r", ensureWordPress(), root]);
  await runProgram([
    "mariadb",
    "--no-defaults",
    `--socket=${socket}`,
    "-uroot",
    "-e",
    "CREATE DATABASE wordpress",
  ]);
  const config = { domain: templateDomain, socket, errorLog: join(folder, "errors.log") };
  const steps = [
    { script: installNetwork, constants: {} },
    { script: addSites, constants: { ...networkConstants, DOMAIN_CURRENT_SITE: templateDomain } },
  ];
  for (const { script, constants } of steps) {
    writeFileSync(join(root, "wp-config.php"), buildWpConfig({ ...config, constants }));
    writeFileSync(join(folder, "step.php"), script);
    const said = await runProgram([
      "php",
      "-d",
      `sendmail_path=${swallowMail}`,
      join(folder, "step.php"),
      root,
    ]);
    if (said.trim() !== "") throw new Error(`WordPress could not be installed: ${said}`);
  }
}

/** Whatever decides what is in the template is in its name. */
function templateHash(): string {
  const wordpress = readFileSync(join(ensureWordPress(), "wp-includes/version.php"), "utf8");
  const mariadb = execFileSync(findProgram("mariadbd") ?? "mariadbd", ["--version"], { encoding: "utf8" });
  const parts = [wordpress, mariadb, ...mariadbOptions, installNetwork, addSites];
  return createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 12);
}

/** Two that begin at the same time both install; the second one's work is thrown away. */
function moveIntoPlace(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
    rmSync(from, { recursive: true });
  }
}
