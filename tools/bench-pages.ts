/**
 * How fast the pages are over a long log: `node tools/bench-pages.ts fill <folder> [thousands of deliveries]` makes a
 * SQLite file with ten attempts for each delivery, `node tools/bench-pages.ts run <folder> [requests of each page]`
 * starts the built sidecar over it and prints the 95th percentile of each page at the server, and
 * `node tools/bench-pages.ts watch <folder> [people]` how long an event takes to be accepted while people watch the logs.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fillLog } from "./bench/long-log.ts";
import { findFreePort } from "./wordpress-process.ts";

const [command, folder = "", amount] = process.argv.slice(2);
const main = join(import.meta.dirname, "../apps/sidecar/dist/main.js");
/** As long as the script of the pages waits. */
const livePauseMs = 3_000;
const acceptedEvents = 1_500;
/** What a page may take. */
const limitMs = 150;

if (command === "fill") await fillLog(folder, Number(amount ?? 1_000));
else if (command === "run") await run(Number(amount ?? 40));
else if (command === "watch") await watch(Number(amount ?? 5));
else
  console.log(
    "fill <folder> [thousands of deliveries], run <folder> [requests of each page], or watch <folder> [people]",
  );

async function run(requests: number): Promise<void> {
  await withSidecar((base, token) => measure(base, token, requests));
}

/** Twice without anybody and twice with them, in turn, since other things on the machine change too. */
async function watch(people: number): Promise<void> {
  await withSidecar(async (base, token) => {
    const cookie = await signIn(base, token);
    const pages = ["/admin/deliveries", "/admin/events", "/admin/issues"];
    for (const watching of [0, people, 0, people]) {
      const stop = new AbortController();
      const watchers = Array.from({ length: watching }, (_, n) =>
        keepLooking(`${base}${pages[n % pages.length]}`, cookie, stop.signal),
      );
      const times = await acceptEvents(base, token);
      stop.abort();
      await Promise.all(watchers);
      const at = (share: number) => (times[Math.ceil(times.length * share) - 1] ?? 0).toFixed(2);
      console.log(
        `${watching} watching: an event accepted in ${at(0.5)} ms, p95 ${at(0.95)}, p99 ${at(0.99)}`,
      );
    }
  });
}

/** As the script of the pages does. */
async function keepLooking(address: string, cookie: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await (await fetch(address, { headers: { cookie } })).text();
    await delay(livePauseMs, null, { signal }).catch(() => undefined);
  }
}

/** A hundred events a second, each in a request of its own. Answers how long they took, in order. */
async function acceptEvents(base: string, token: string): Promise<number[]> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const body = JSON.stringify({
    type: "wp_user_created",
    payload: { user_id: 5, email: "robin@example.com" },
  });
  const running: Promise<number>[] = [];
  for (let n = 0; n < acceptedEvents; n++) {
    running.push(acceptOne(`${base}/v1/events`, { method: "POST", headers, body }));
    await delay(10);
  }
  return (await Promise.all(running)).sort((a, b) => a - b);
}

async function acceptOne(address: string, request: RequestInit): Promise<number> {
  const startedAt = performance.now();
  const response = await fetch(address, request);
  if (response.status !== 202) throw new Error(`answered ${response.status}`);
  await response.text();
  return performance.now() - startedAt;
}

async function withSidecar(use: (base: string, token: string) => Promise<void>): Promise<void> {
  const port = await findFreePort();
  const token = `sidehook_${randomBytes(24).toString("base64url")}`;
  const env = {
    ...process.env,
    SIDEHOOK_PORT: String(port),
    SIDEHOOK_DATA_DIR: folder,
    SIDEHOOK_ADMIN_TOKEN: token,
    SIDEHOOK_ROLE: "api",
    SIDEHOOK_LOG: "error",
  };
  const child = spawn(process.execPath, [main], { env, stdio: ["ignore", "pipe", "inherit"] });
  try {
    await once(child.stdout, "data");
    await use(`http://127.0.0.1:${port}`, token);
  } finally {
    child.kill();
    await once(child, "exit");
  }
}

async function measure(base: string, token: string, requests: number): Promise<void> {
  const cookie = await signIn(base, token);
  const get = async (path: string) => {
    const startedAt = performance.now();
    const response = await fetch(base + path, { headers: { cookie }, redirect: "manual" });
    const html = await response.text();
    return { ms: performance.now() - startedAt, status: response.status, html };
  };
  let slow = 0;
  for (const path of await listPages(get)) {
    await get(path);
    const answers = [];
    for (let n = 0; n < requests; n++) answers.push(await get(path));
    const sorted = answers.map(({ ms }) => ms).sort((a, b) => a - b);
    const at = (share: number) => (sorted[Math.ceil(sorted.length * share) - 1] ?? 0).toFixed(1);
    const kilobytes = ((answers[0]?.html.length ?? 0) / 1024).toFixed(0);
    if (Number(at(0.95)) > limitMs) slow++;
    const shown = path.length > 76 ? `${path.slice(0, 75)}…` : path;
    console.log(
      `${at(0.5).padStart(7)} ${at(0.95).padStart(7)} ms  ${kilobytes.padStart(4)} KB  ${answers[0]?.status}  ${shown}`,
    );
  }
  console.log(slow === 0 ? `every page under ${limitMs} ms` : `${slow} pages over ${limitMs} ms`);
}

async function signIn(base: string, token: string): Promise<string> {
  const body = new URLSearchParams({ token });
  const response = await fetch(`${base}/admin/sign-in`, { method: "POST", body, redirect: "manual" });
  const cookie = response.headers.getSetCookie()[0]?.split(";")[0];
  if (cookie === undefined) throw new Error(`not signed in: ${response.status}`);
  return cookie;
}

/** Every list with each of its filters, the searches, the deep pages, and single things. */
async function listPages(get: (path: string) => Promise<{ html: string }>): Promise<string[]> {
  const list = (await get("/admin/deliveries")).html;
  const find = (pattern: RegExp, html = list) => pattern.exec(html)?.[1]?.replaceAll("&amp;", "&") ?? "";
  const webhook = find(/\/admin\/webhooks\/([\w-]+)"/);
  const delivery = find(/\/admin\/deliveries\/(dlv[\w-]+)"/);
  const failed = find(
    /\/admin\/deliveries\/(dlv[\w-]+)"/,
    (await get("/admin/deliveries?state=failed")).html,
  );
  const event = find(/\/admin\/events\/([\w-]+)"/, (await get("/admin/events")).html);
  const since = "since=24h";
  return [
    "/admin/overview",
    "/admin/webhooks",
    `/admin/webhooks/${webhook}`,
    "/admin/issues",
    "/admin/replays",
    "/admin/replays/new",
    `/admin/replays/new?webhook=${webhook}&state=failed&count=1`,
    "/admin/bins",
    "/admin/event-types",
    "/admin/settings",
    "/admin/deliveries",
    find(/href="(\/admin\/deliveries\?cursor=[^"]+)"/),
    ...["pending", "failed", "delivered", "cancelled"].map((state) => `/admin/deliveries?state=${state}`),
    `/admin/deliveries?webhook=${webhook}`,
    `/admin/deliveries?webhook=${webhook}&state=failed&${since}`,
    `/admin/deliveries?webhook=${webhook}&cause=timeout`,
    `/admin/deliveries?cause=timeout`,
    "/admin/deliveries?cause=dns",
    "/admin/deliveries?event=payment_received",
    "/admin/deliveries?event=payment_received&state=failed",
    `/admin/deliveries?q=${delivery}`,
    `/admin/deliveries?q=${event}`,
    "/admin/deliveries?q=customer:5",
    `/admin/deliveries?q=customer:5&webhook=${webhook}&state=failed`,
    "/admin/deliveries?q=person7@example.com",
    "/admin/deliveries?q=site:3",
    "/admin/deliveries?q=12",
    "/admin/deliveries?q=customer:999999",
    "/admin/deliveries?q=nobody+has+this",
    `/admin/deliveries/${delivery}`,
    `/admin/deliveries/${failed}`,
    `/admin/deliveries/${delivery}/elsewhere`,
    "/admin/events",
    find(/href="(\/admin\/events\?cursor=[^"]+)"/, (await get("/admin/events")).html),
    `/admin/events?event=payment_received&${since}`,
    "/admin/events?q=customer:5",
    "/admin/events?q=membership:7",
    "/admin/events?q=person7@example.com&event=payment_received",
    "/admin/events?q=site:3",
    "/admin/events?q=12",
    "/admin/events?q=nobody+has+this",
    `/admin/events/${event}`,
  ].filter((path) => path !== "");
}
