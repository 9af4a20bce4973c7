import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { connect, type NetConnectOpts } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const readyTimeoutMs = 60_000;

export interface GuardedOptions {
  /** Added to the path and nothing else of our own environment. */
  env?: Readonly<Record<string, string>>;
  /** File that takes all it prints. */
  log: string;
  /** Opens a channel for messages. */
  hasChannel?: boolean;
}

/** Starts a program that the kernel ends when we die, however we die. */
export function spawnGuarded(
  command: readonly string[],
  { env, log, hasChannel }: GuardedOptions,
): ChildProcess {
  const output = openSync(log, "a");
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", ...command], {
    env: { PATH: process.env["PATH"], LANG: "C.UTF-8", ...env },
    stdio: ["ignore", output, output, ...(hasChannel ? (["ipc"] as const) : [])],
  });
  closeSync(output);
  return child;
}

/**
 * Waits until the condition holds.
 *
 * @throws Error with the end of its log if the process ends before
 */
export async function untilReady(
  child: ChildProcess,
  log: string,
  isReady: () => Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + readyTimeoutMs;
  while (!(await isReady())) {
    if (child.exitCode !== null || child.signalCode !== null || performance.now() > deadline) {
      throw new Error(
        `${child.spawnargs.join(" ")} did not start:\n${readFileSync(log, "utf8").slice(-3000)}`,
      );
    }
    await delay(10);
  }
}

export function canConnect(address: NetConnectOpts): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

export async function endProcess(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}

export function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error(`${child.spawnargs.join(" ")} could not be started`);
  return child.pid;
}

/** How many clock ticks the kernel counts in a second. */
const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** CPU time that these processes have used, with their ended children, in microseconds. */
export function readCpuUs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + readTicks(pid), 0) * (1e6 / ticksPerSecond);
}

function readTicks(pid: number): number {
  // The program's name, in brackets, may hold spaces; the fields after it are counted from 3.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return [14, 15, 16, 17].reduce((sum, field) => sum + Number(fields[field - 3]), 0);
}

/** The most memory that these processes have held at a time, added up, in MB. */
export function readPeakMb(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + readPeakKb(pid), 0) / 1024;
}

function readPeakKb(pid: number): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

/** A process and those it started that still run. */
export function listTree(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").trim().split(" "),
  );
  return [pid, ...children.filter((text) => text !== "").map(Number)];
}

/**
 * The next message of a child.
 *
 * @throws Error with the end of its log if it ends instead
 */
export async function nextMessage(child: ChildProcess, log: string): Promise<unknown> {
  const isOver = new AbortController();
  const message = once(child, "message", { signal: isOver.signal }).then(([value]) => value as unknown);
  const exit = once(child, "exit", { signal: isOver.signal }).then((): never => {
    throw new Error(`${child.spawnargs.join(" ")} ended:\n${readFileSync(log, "utf8").slice(-3000)}`);
  });
  try {
    return await Promise.race([message, exit]);
  } finally {
    isOver.abort();
    await Promise.allSettled([message, exit]);
  }
}
