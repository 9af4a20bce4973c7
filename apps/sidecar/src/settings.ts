import { isSecret } from "@sidehook/events/signature";
import { parseAllowList, parseDuration, parseSchedule } from "@sidehook/delivery";

/** One setting: its name in the environment, its default as a person would write it, and how it is read. */
export interface Setting<T> {
  name: string;
  /** Null: worked out from others, as `defaultText` says. */
  default: string | null;
  defaultText: string;
  meaning: string;
  /** @throws Error whose message says what the value must be */
  parse: (text: string) => T;
}

function setting<T>(
  name: string,
  defaultValue: string,
  meaning: string,
  parse: (text: string) => T,
): Setting<T> {
  return { name, default: defaultValue, defaultText: defaultValue, meaning, parse };
}

function derived<T>(
  name: string,
  defaultText: string,
  meaning: string,
  parse: (text: string) => T,
): Setting<T | null> {
  return { name, default: null, defaultText, meaning, parse };
}

const roles = ["all", "api", "worker"] as const;
const logLevels = ["debug", "info", "warn", "error"] as const;

/** Every setting there is; the table in the README is made from this one. */
export const settings = {
  host: setting("SIDEHOOK_HOST", "127.0.0.1", "address to listen on", parseText),
  port: setting("SIDEHOOK_PORT", "8787", "port to listen on; 0 takes a free one", wholeNumber(0, 65_535)),
  dataDir: setting(
    "SIDEHOOK_DATA_DIR",
    "./data",
    "folder of the SQLite file and the generated keys",
    parseText,
  ),
  databaseUrl: derived(
    "SIDEHOOK_DATABASE_URL",
    "sqlite:<data dir>/sidehook.db",
    "where everything is kept; or `postgres://…`",
    parseDatabaseUrl,
  ),
  publicUrl: derived("SIDEHOOK_PUBLIC_URL", "http://HOST:PORT", "used in links and bins", parsePublicUrl),
  bridgeKey: derived(
    "SIDEHOOK_BRIDGE_KEY",
    "generated, kept in the data dir",
    "`whsec_…`, shared with the WordPress plugin",
    parseBridgeKey,
  ),
  pullUrl: derived(
    "SIDEHOOK_PULL_URL",
    "not set",
    "home URL of a network whose outbox is fetched, for one that cannot reach the service",
    parsePublicUrl,
  ),
  adminToken: derived(
    "SIDEHOOK_ADMIN_TOKEN",
    "generated, kept in the data dir",
    "first API token, with all scopes; also signs the first person in",
    parseAdminToken,
  ),
  allow: setting(
    "SIDEHOOK_ALLOW",
    "",
    "private targets that deliveries may reach, such as `127.0.0.1:9000,10.0.0.0/8:443`",
    parseAllowList,
  ),
  retryScheduleMs: setting(
    "SIDEHOOK_RETRY_SCHEDULE",
    "5s,5m,30m,2h,5h,10h,14h,20h,24h",
    "wait before each retry; the first attempt is made at once",
    parseSchedule,
  ),
  timeoutMs: setting("SIDEHOOK_TIMEOUT", "15s", "whole attempt; connecting may take 5 s of it", parseTimeout),
  concurrency: setting("SIDEHOOK_CONCURRENCY", "128", "attempts in flight, in all", wholeNumber(1, 10_000)),
  webhookConcurrency: setting(
    "SIDEHOOK_WEBHOOK_CONCURRENCY",
    "16",
    "attempts in flight for each webhook",
    wholeNumber(1, 1000),
  ),
  role: setting(
    "SIDEHOOK_ROLE",
    "all",
    "`api`, `worker` or `all`: which loops this process runs",
    oneOf(roles),
  ),
  retentionMs: setting(
    "SIDEHOOK_RETENTION",
    "30d",
    "events, deliveries and attempts older than this go",
    parseDuration,
  ),
  logLevel: setting("SIDEHOOK_LOG", "info", "`debug`, `info`, `warn` or `error`", oneOf(logLevels)),
} as const;

export type Settings = {
  [K in keyof typeof settings]: ReturnType<(typeof settings)[K]["parse"]>;
};

/** An attempt may not outlive its claim, so there is an upper bound. */
export const maxTimeoutMs = 30_000;

function parseText(text: string): string {
  if (text.trim() === "") throw new Error("must not be empty");
  return text;
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new Error(`must be a whole number from ${min} to ${max}`);
    }
    return value;
  };
}

function oneOf<T extends string>(values: readonly T[]): (text: string) => T {
  return (text) => {
    const value = values.find((candidate) => candidate === text);
    if (value === undefined) throw new Error(`must be one of ${values.join(", ")}`);
    return value;
  };
}

function parseDatabaseUrl(text: string): string {
  if (/^sqlite:.+/.test(text) || /^postgres(ql)?:\/\/.+/.test(text)) return text;
  throw new Error("must be sqlite:<file> or postgres://…");
}

function parsePublicUrl(text: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username) {
    throw new Error("must be an http or https URL without query or credentials");
  }
  return url.href.replace(/\/$/, "");
}

function parseBridgeKey(text: string): string {
  if (!text.startsWith("whsec_") || !isSecret(text))
    throw new Error("must be whsec_ and 24 to 64 bytes in base64");
  return text;
}

function parseAdminToken(text: string): string {
  if (!/^[\x21-\x7e]{24,200}$/.test(text)) throw new Error("must be 24 to 200 visible ASCII characters");
  return text;
}

function parseTimeout(text: string): number {
  const timeoutMs = parseDuration(text);
  if (timeoutMs < 1000 || timeoutMs > maxTimeoutMs) throw new Error("must lie between 1s and 30s");
  return timeoutMs;
}
