import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { findFreePort } from "../../../tools/wordpress-process.ts";
import { waitUntil } from "./wait.ts";

const main = join(import.meta.dirname, "../../sidecar/dist/main.js");

export interface Sidecar {
  url: string;
  adminToken: string;
  bridgeKey: string;
  dataDir: string;
  /** Of the process that runs now, or ran last. */
  readPid: () => number;
  /** Calls the API with the admin token. */
  call: (method: string, path: string, body?: unknown) => Promise<{ status: number; body: unknown }>;
  /** Everything it has printed so far. */
  readOutput: () => string;
  /** Lines of its log with this message, parsed. */
  readLog: (message: string) => Record<string, unknown>[];
  /** `kill -9`: nothing is drained, nothing is flushed. */
  kill: () => Promise<void>;
  /** Starts it again on the same data, port and keys. Killed meanwhile, it rejects. */
  restart: () => Promise<void>;
  /** As an operator stops it; answers the exit code. */
  stop: () => Promise<number | null>;
}

/**
 * Starts the built sidecar as an operator would, on loopback with a data dir of its own.
 *
 * @param wrapper a command that runs the one behind it in its own place, such as `["unshare", "-n"]`
 */
export async function startSidecar(
  env: Readonly<Record<string, string>> = {},
  wrapper: readonly string[] = [],
): Promise<Sidecar> {
  const dataDir = env["SIDEHOOK_DATA_DIR"] ?? mkdtempSync(join(tmpdir(), "sidehook-e2e-"));
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const keys = {
    SIDEHOOK_ADMIN_TOKEN: `sidehook_${randomBytes(24).toString("base64url")}`,
    SIDEHOOK_BRIDGE_KEY: `whsec_${randomBytes(32).toString("base64")}`,
  };
  const settings = { SIDEHOOK_PORT: String(port), SIDEHOOK_DATA_DIR: dataDir, ...keys, ...env };
  const output = { text: "" };
  const spawnOne = () => spawnSidecar(settings, { output, wrapper });
  let child = spawnOne();
  await becomeReady(child);

  function becomeReady(process: ChildProcess): Promise<void> {
    return waitUntil(() => isReady(url, process, output.text), { what: "the sidecar to be ready" });
  }

  return {
    url,
    dataDir,
    readPid: () => child.pid ?? 0,
    adminToken: settings.SIDEHOOK_ADMIN_TOKEN,
    bridgeKey: settings.SIDEHOOK_BRIDGE_KEY,
    call: (method, path, body) => call(`${url}${path}`, settings.SIDEHOOK_ADMIN_TOKEN, { method, body }),
    readOutput: () => output.text,
    readLog: (message) => readLog(output.text, message),
    kill: () => end(child, "SIGKILL"),
    async restart() {
      child = spawnOne();
      await becomeReady(child);
    },
    async stop() {
      await end(child, "SIGTERM");
      if (!env["SIDEHOOK_DATA_DIR"]) rmSync(dataDir, { recursive: true, force: true });
      return child.exitCode;
    },
  };
}

/** Ended by the kernel when the test dies, however it dies. */
function spawnSidecar(
  settings: Readonly<Record<string, string>>,
  { output, wrapper }: { output: { text: string }; wrapper: readonly string[] },
): ChildProcess {
  const node = [process.execPath, "--enable-source-maps", main];
  const [command = "", ...args] = [...wrapper, "setpriv", "--pdeathsig", "KILL", "--", ...node];
  const child = spawn(command, args, {
    env: { PATH: process.env["PATH"], ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output.text += text));
  }
  return child;
}

async function isReady(url: string, child: ChildProcess, output: string): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) {
    throw new Error(`the sidecar ended at once:\n${output}`);
  }
  const answer = await fetch(`${url}/readyz`).catch(() => null);
  return answer?.status === 200;
}

async function call(url: string, token: string, { method, body }: { method: string; body: unknown }) {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : (JSON.parse(text) as unknown) };
}

function readLog(output: string, message: string): Record<string, unknown>[] {
  return output
    .split("\n")
    .filter((line) => line.startsWith("{") && line.includes(`"msg":"${message}"`))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}
