import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { backupStore, openStore, restoreStore, transferStore, undoTransfer } from "@sidehook/store";
import { findingJson } from "./api/doctor.ts";
import { ConfigError, loadConfig } from "./config.ts";
import { examine, gatherFacts, worstOf } from "./doctor.ts";
import { version } from "./version.ts";

/** What a command works with; made once in cli.ts, and by each test. */
export interface Terminal {
  env: Readonly<Record<string, string | undefined>>;
  /** The clock, in unix milliseconds. */
  now: () => number;
  /** Writes a line of the answer. */
  print: (line: string) => void;
  /** Writes a line about problems and progress. */
  warn: (line: string) => void;
}

type Values = Readonly<Record<string, string | boolean | undefined>>;

interface Command {
  /** Without the name of the program. */
  usage: string;
  summary: string;
  options: ParseArgsOptionsConfig;
  /** Those without which it cannot work. */
  required: readonly string[];
  run: (values: Values, terminal: Terminal) => Promise<number>;
}

/** How a program ends: 1, it did not work; 2, it was not understood and has done nothing. */
const exitCodes = { ok: 0, failed: 1, usage: 2 } as const;

/** Every command there is; the table in the README is made from this one. */
export const commands: Readonly<Record<string, Command>> = {
  doctor: {
    usage: "doctor [--json]",
    summary: "checks whether all is well and says what to do; ends with 1 where something does not work",
    options: { json: { type: "boolean" } },
    required: [],
    run: doctor,
  },
  backup: {
    usage: "backup --to <file> [--force]",
    summary: "copies the SQLite database while the service runs; for Postgres it prints the command to use",
    options: { to: { type: "string" }, force: { type: "boolean" } },
    required: ["to"],
    run: backup,
  },
  restore: {
    usage: "restore --from <file> [--force]",
    summary:
      "checks a backup and puts it in the place of the SQLite database; `--force` replaces one that is there",
    options: { from: { type: "string" }, force: { type: "boolean" } },
    required: ["from"],
    run: restore,
  },
  "migrate-store": {
    usage: "migrate-store --from sqlite:<file> --to postgres://…",
    summary:
      "moves everything from SQLite to Postgres while events keep coming in; `--undo` with `--from` takes it back",
    options: { from: { type: "string" }, to: { type: "string" }, undo: { type: "boolean" } },
    required: ["from"],
    run: migrateStore,
  },
};

/**
 * Runs `sidehook <command> [options]`.
 *
 * @returns the exit code: 0, 1 if it did not work, 2 if it was not understood
 */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name = "--help", ...rest] = args;
  if (name === "--version") return say(terminal, version);
  if (name === "--help" || name === "-h" || name === "help") return say(terminal, helpText());
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) return misunderstood(terminal, `There is no command ${name}.`);
  if (rest.includes("--help") || rest.includes("-h")) return say(terminal, helpOf(command));
  const values = parse(command, rest);
  if (typeof values === "string") return misunderstood(terminal, values, command);
  try {
    return await command.run(values, terminal);
  } catch (error) {
    terminal.warn(
      error instanceof ConfigError ? error.message : `It did not work: ${messageOf(error, terminal)}.`,
    );
    return exitCodes.failed;
  }
}

/** The values, or what is wrong with them. */
function parse({ options, required }: Command, args: readonly string[]): Values | string {
  try {
    const { values } = parseArgs({ args: [...args], options, allowPositionals: false });
    const missing = required.filter((name) => values[name] === undefined || values[name] === "");
    return missing.length === 0
      ? (values as Values)
      : `${missing.map((name) => `--${name}`).join(", ")} is missing.`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function say({ print }: Terminal, text: string): number {
  print(text);
  return exitCodes.ok;
}

function misunderstood({ warn }: Terminal, problem: string, command?: Command): number {
  warn(withoutPasswords(problem));
  warn(command ? helpOf(command) : helpText());
  return exitCodes.usage;
}

function helpText(): string {
  const lines = Object.values(commands).map(({ usage, summary }) => `  sidehook ${usage}\n      ${summary}`);
  return [
    "Usage: sidehook <command> [options]",
    "",
    ...lines,
    "",
    "Settings are read from the environment.",
  ].join("\n");
}

function helpOf({ usage, summary }: Command): string {
  return `Usage: sidehook ${usage}\n\n${summary[0]?.toUpperCase()}${summary.slice(1)}.`;
}

/** Drivers may repeat the address they could not reach. */
function messageOf(error: unknown, { env }: Terminal): string {
  const text =
    error instanceof AggregateError
      ? String(error.errors[0])
      : error instanceof Error
        ? error.message
        : String(error);
  const password = URL.parse(env["SIDEHOOK_DATABASE_URL"] ?? "")?.password;
  const clean = withoutPasswords(text).replace(/\.$/, "");
  return password ? clean.replaceAll(password, "***") : clean;
}

function withoutPasswords(text: string): string {
  return text.replaceAll(/(\w+:\/\/[^\s:/@]*):[^\s@]*@/g, "$1:***@");
}

/** Beside the running service, so that whether its worker runs is told by what is late. */
async function doctor(values: Values, terminal: Terminal): Promise<number> {
  const config = loadConfig(terminal.env);
  const { databaseUrl, dataDir, host, port } = config;
  if (databaseUrl === `sqlite:${join(dataDir, "sidehook.db")}` && !existsSync(join(dataDir, "sidehook.db"))) {
    terminal.warn(`There is no database in ${dataDir}: has the service been started with these settings?`);
    return exitCodes.failed;
  }
  const store = await openStore({ url: databaseUrl, now: terminal.now });
  try {
    const publicUrl = config.publicUrl ?? `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
    const now = () => new Date(terminal.now());
    const findings = examine(await gatherFacts({ store, config, publicUrl, isWorkerRunning: null, now }));
    const checks = findings.map(findingJson);
    if (values["json"] === true)
      terminal.print(JSON.stringify({ state: worstOf(findings), checks }, null, 2));
    else for (const { state, text } of checks) terminal.print(`${state.padEnd(8)} ${text}`);
    return worstOf(findings) === "failed" ? exitCodes.failed : exitCodes.ok;
  } finally {
    await store.close();
  }
}

async function backup(values: Values, terminal: Terminal): Promise<number> {
  const { databaseUrl } = loadConfig(terminal.env);
  const file = String(values["to"]);
  if (!databaseUrl.startsWith("sqlite:")) {
    terminal.warn(
      "A Postgres database is backed up by its own program. Use this, which asks for the password:",
    );
    terminal.print(dumpCommand(databaseUrl, file));
    return exitCodes.failed;
  }
  const { bytes } = await backupStore({ url: databaseUrl, file, isForced: values["force"] === true });
  return say(terminal, `${file}: ${Math.ceil(bytes / 1024)} KiB, checked.`);
}

/** To be pasted into a shell. */
function dumpCommand(databaseUrl: string, file: string): string {
  const url = new URL(databaseUrl);
  url.password = "";
  return `pg_dump --format=custom --file=${quoted(file)} ${quoted(url.href)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

async function restore(values: Values, terminal: Terminal): Promise<number> {
  const { databaseUrl } = loadConfig(terminal.env);
  if (!databaseUrl.startsWith("sqlite:")) {
    terminal.warn("A Postgres database is restored by pg_restore, into an empty database.");
    return exitCodes.failed;
  }
  const file = String(values["from"]);
  const { replaced } = await restoreStore({ url: databaseUrl, file, isForced: values["force"] === true });
  if (replaced !== null) terminal.print(`What was there before is now ${replaced}.`);
  return say(terminal, "The backup is in place. Start the service.");
}

async function migrateStore(values: Values, terminal: Terminal): Promise<number> {
  const from = String(values["from"]);
  if (values["undo"] === true) {
    undoTransfer(from);
    return say(terminal, "The old database takes events again.");
  }
  if (values["to"] === undefined)
    return misunderstood(terminal, "--to is missing.", commands["migrate-store"]);
  const to = String(values["to"]);
  const { rows, closedMs } = await transferStore({ from, to, now: terminal.now, tell: terminal.warn });
  for (const [table, count] of rows) terminal.print(`${table}: ${count} rows, the same on both sides`);
  terminal.print(`The old database was closed for ${(closedMs / 1000).toFixed(1)} s and stays closed.`);
  return say(terminal, `Now start the service with SIDEHOOK_DATABASE_URL set to ${withoutPasswords(to)}`);
}
