/** The configuration files of a throw-away WordPress network: pure text, one function per program. */

/** Reads each mail to its end: a program that ends before that makes sending fail now and then. PHP adds arguments. */
export const swallowMail = "sh -c 'cat >/dev/null' sendmail";

export type ConstantValue = string | number | boolean;

export interface WordPressConfig {
  /** Host and port, as WordPress keeps them in its tables: `127.0.0.1:20456`. */
  domain: string;
  socket: string;
  /** Where PHP writes what it complains about. */
  errorLog: string;
  constants: Readonly<Record<string, ConstantValue>>;
}

/** Nothing may leave the machine: no update checks, no mail, no feeds, no request to another host. */
const quietConstants: Record<string, ConstantValue> = {
  WP_HTTP_BLOCK_EXTERNAL: true,
  WP_ACCESSIBLE_HOSTS: "127.0.0.1,localhost",
  AUTOMATIC_UPDATER_DISABLED: true,
  WP_AUTO_UPDATE_CORE: false,
  DISALLOW_FILE_MODS: true,
  WP_ENVIRONMENT_TYPE: "local",
  WP_DEBUG: true,
  WP_DEBUG_DISPLAY: false,
};

export const networkConstants: Record<string, ConstantValue> = {
  WP_ALLOW_MULTISITE: true,
  MULTISITE: true,
  SUBDOMAIN_INSTALL: false,
  PATH_CURRENT_SITE: "/",
  SITE_ID_CURRENT_SITE: 1,
  BLOG_ID_CURRENT_SITE: 1,
};

/** On the command line WordPress is told which site is asked for by `WP_PATH` (`/shop/`). */
export function buildWpConfig(config: WordPressConfig): string {
  const constants = {
    ...quietConstants,
    WP_DEBUG_LOG: config.errorLog,
    DB_NAME: "wordpress",
    DB_USER: "root",
    DB_PASSWORD: "",
    DB_HOST: `localhost:${config.socket}`,
    DB_CHARSET: "utf8mb4",
    DB_COLLATE: "",
    ...config.constants,
  };
  const salts = ["AUTH_KEY", "SECURE_AUTH_KEY", "LOGGED_IN_KEY", "NONCE_KEY"]
    .flatMap((name) => [name, name.replace("KEY", "SALT")])
    .map((name) => `define( '${name}', 'only for tests: ${name}' );`);
  return [
    "<?php",
    "if ( PHP_SAPI === 'cli' ) {",
    `\t$_SERVER['HTTP_HOST'] = $_SERVER['SERVER_NAME'] = ${phpText(config.domain)};`,
    "\t$_SERVER['REMOTE_ADDR'] = '127.0.0.1';",
    "\t$_SERVER['REQUEST_URI'] = getenv( 'WP_PATH' ) ?: '/';",
    "\t// A test wants to read what went wrong, not an apology in HTML.",
    "\tini_set( 'display_errors', 'stderr' );",
    "\tdefine( 'WP_DEBUG_DISPLAY', null );",
    "\tdefine( 'WP_DISABLE_FATAL_ERROR_HANDLER', true );",
    "}",
    ...Object.entries(constants).map(
      ([name, value]) => `defined( '${name}' ) || define( '${name}', ${phpValue(value)} );`,
    ),
    ...salts,
    "$table_prefix = 'wp_';",
    "if ( ! defined( 'ABSPATH' ) ) define( 'ABSPATH', __DIR__ . '/' );",
    "require_once ABSPATH . 'wp-settings.php';",
    "",
  ].join("\n");
}

function phpValue(value: ConstantValue): string {
  return typeof value === "string" ? phpText(value) : String(value);
}

function phpText(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** The master is root when the tests are; `user` is ignored, with a notice, when they are not. */
export function buildFpmConfig(folder: string, workers: number): string {
  return `[global]
error_log = ${folder}/fpm.log
daemonize = no
[www]
user = root
group = root
listen = ${folder}/fpm.sock
pm = static
pm.max_children = ${workers}
php_admin_value[error_log] = ${folder}/errors.log
php_admin_value[sendmail_path] = "${swallowMail}"
php_admin_flag[log_errors] = on
php_admin_flag[display_errors] = off
`;
}

/** The rewrite rules are the ones WordPress documents for a network in sub-directories. */
export function buildNginxConfig(folder: string, port: number, isRoot: boolean): string {
  return `${isRoot ? "user root;" : ""}
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/nginx.log;
events { worker_connections 512; }
http {
  include /etc/nginx/mime.types;
  access_log off;
  client_max_body_size 16m;
  client_body_temp_path ${folder}/nginx-body;
  proxy_temp_path ${folder}/nginx-proxy;
  fastcgi_temp_path ${folder}/nginx-fastcgi;
  uwsgi_temp_path ${folder}/nginx-uwsgi;
  scgi_temp_path ${folder}/nginx-scgi;
  server {
    listen 127.0.0.1:${port};
    root ${folder}/wordpress;
    index index.php;
    if (!-e $request_filename) {
      rewrite /wp-admin$ $scheme://$http_host$request_uri/ permanent;
      rewrite ^(/[^/]+)?(/wp-.*) $2 last;
      rewrite ^(/[^/]+)?(/.*\\.php) $2 last;
    }
    location / { try_files $uri $uri/ /index.php?$args; }
    location ~ \\.php$ {
      try_files $uri =404;
      include /etc/nginx/fastcgi_params;
      # Debian's parameters leave out the port, which is part of this network's domain.
      fastcgi_param HTTP_HOST $http_host;
      fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
      fastcgi_read_timeout 120s;
      fastcgi_pass unix:${folder}/fpm.sock;
    }
  }
}
`;
}
