import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { connect, createServer, type NetConnectOpts } from "node:net";
import { randomInt } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

const readyTimeoutMs = 60_000;

export interface Service {
  /** Ends it and waits until it is gone. `SIGKILL` for what has nothing worth keeping. */
  stop: (signal: "SIGTERM" | "SIGKILL") => Promise<void>;
}

/**
 * Starts a program in the foreground and waits until it accepts connections.
 *
 * The kernel ends it when we die, however we die, and a Ctrl-C at the terminal reaches only us.
 *
 * @throws Error with the end of its output when it ends before it is ready
 */
export async function startService(
  [command, ...args]: readonly string[],
  address: NetConnectOpts,
  log: string,
): Promise<Service> {
  const output = openSync(log, "a");
  const guarded = ["--pdeathsig", "TERM", "--", command ?? "", ...args];
  const child = spawn("setpriv", guarded, { detached: true, stdio: ["ignore", output, output] });
  closeSync(output);
  await Promise.race([once(child, "spawn"), once(child, "error").then(([error]) => Promise.reject(error))]);
  child.unref();
  await waitUntilReady(child, address).catch((error: unknown) => {
    child.kill("SIGKILL");
    throw new Error(`${command} did not start:\n${readFileSync(log, "utf8").slice(-2000)}`, { cause: error });
  });
  return { stop: (signal) => stopChild(child, signal) };
}

async function waitUntilReady(child: ChildProcess, address: NetConnectOpts): Promise<void> {
  const deadline = performance.now() + readyTimeoutMs;
  while (!(await canConnect(address))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error("it ended at once");
    if (performance.now() > deadline) throw new Error("it never accepted a connection");
    await delay(10);
  }
}

function canConnect(address: NetConnectOpts): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

async function stopChild(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}

/** Below the range the kernel hands out to clients, so that no outgoing connection takes it meanwhile. */
export async function findFreePort(): Promise<number> {
  const port = randomInt(20_000, 32_000);
  const server = createServer();
  const isFree = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true));
  });
  if (!isFree) return findFreePort();
  server.close();
  await once(server, "close");
  return port;
}

/** Runs a program to its end and answers what it printed. @throws Error with everything it said */
export async function runProgram(
  [command = "", ...args]: readonly string[],
  options: { stdin?: string; env?: Record<string, string>; cwd?: string } = {},
): Promise<string> {
  const child = spawn(command, args, {
    stdio: ["pipe", "pipe", "pipe"],
    // What configures the one who tests must not configure the WordPress under test.
    env: { PATH: process.env["PATH"] ?? "", LANG: "C.UTF-8", ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.end(options.stdin ?? "");
  const [status] = (await once(child, "close")) as [number | null];
  if (status !== 0) throw new Error(`${command} ended with status ${status}:\n${stderr}${stdout}`);
  return stdout;
}
