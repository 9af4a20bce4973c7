/**
 * The receiver of all deliveries, a process of its own. It reads just as much of HTTP as undici writes, so that it is
 * never what limits the engines, and counts by path and `webhook-id`.
 */
import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { failingPath, hangingPath, readStampUs } from "./events.ts";
import { monotonicMs, quantile } from "./statistics.ts";

/** Questions of the parent. */
export type Question =
  | { ask: "reset" }
  /** Answered when so many different deliveries have come, or after that time. */
  | { ask: "count"; count: number; timeoutMs: number }
  /** The same for requests that were answered with 500, which count nowhere else. */
  | { ask: "refused"; count: number; timeoutMs: number };

export interface Counted {
  /** Different deliveries. */
  count: number;
  duplicates: number;
  /** Deliveries per second from the first tenth to the last. */
  perSecond: number;
  /** Of the monotonic clock; 0 when none came. */
  lastAtMs: number;
  /** From the stamp in the payload to here, in milliseconds. */
  latency: { p50: number; p95: number; p99: number };
}

const answer = "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok";
const refusal = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\nno";
const seen = new Set<string>();
let arrivals: number[] = [];
let latencies: number[] = [];
let duplicates = 0;
let refused = 0;
let check = () => {};

function receive(head: string, body: string): void {
  const path = head.slice(5, head.indexOf(" ", 5));
  const id = /\r\nwebhook-id: ([^\r]*)/i.exec(head)?.[1] ?? "";
  const now = monotonicMs();
  const key = `${path} ${id}`;
  if (seen.has(key)) duplicates++;
  else {
    seen.add(key);
    arrivals.push(now);
    latencies.push(now - readStampUs(body) / 1000);
    check();
  }
}

function refuse(): void {
  refused++;
  check();
}

function serve(socket: Socket): void {
  let text = "";
  socket.setNoDelay(true).setEncoding("latin1");
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: string) => {
    text += chunk;
    for (;;) {
      const headEnd = text.indexOf("\r\n\r\n");
      if (headEnd < 0) return;
      const head = text.slice(0, headEnd + 2);
      const end = headEnd + 4 + Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (text.length < end) return;
      const body = text.slice(headEnd + 4, end);
      text = text.slice(end);
      if (head.startsWith(`POST ${hangingPath}`)) continue;
      const isRefused = head.startsWith(`POST ${failingPath}`);
      if (isRefused) refuse();
      else receive(head, body);
      socket.write(isRefused ? refusal : answer);
    }
  });
}

function readCounts(): Counted {
  const count = arrivals.length;
  const from = Math.floor(count / 10);
  const lastAtMs = arrivals.at(-1) ?? 0;
  return {
    count,
    duplicates,
    perSecond: ((count - 1 - from) / (lastAtMs - (arrivals[from] ?? 0))) * 1000,
    lastAtMs,
    latency: {
      p50: quantile(latencies, 0.5),
      p95: quantile(latencies, 0.95),
      p99: quantile(latencies, 0.99),
    },
  };
}

function countUntil(isEnough: () => boolean, timeoutMs: number): void {
  const finish = () => {
    clearTimeout(timer);
    check = () => {};
    // What comes twice often comes right after: a moment more shows it.
    setTimeout(() => process.send?.(readCounts()), 20);
  };
  const timer = setTimeout(finish, timeoutMs);
  check = () => {
    if (isEnough()) finish();
  };
  check();
}

process.on("message", (question: Question) => {
  if (question.ask === "count") countUntil(() => arrivals.length >= question.count, question.timeoutMs);
  else if (question.ask === "refused") countUntil(() => refused >= question.count, question.timeoutMs);
  else {
    seen.clear();
    arrivals = [];
    latencies = [];
    duplicates = 0;
    refused = 0;
    process.send?.(readCounts());
  }
});

const server = createServer(serve);
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
