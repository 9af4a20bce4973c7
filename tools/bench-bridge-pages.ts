/**
 * What the bridge adds to the time of a page, as a visitor sees it: `node tools/bench-bridge-pages.ts [pages of each kind]`.
 *
 * nginx, PHP-FPM with opcache, MariaDB whose commits are durable, and the sidecar as it is built: up, down, or hanging.
 * The kinds take turns, twenty pages at a time, so that a busy machine is busy for all of them.
 */
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort, startService } from "./wordpress-process.ts";
import { startWordPress } from "./wordpress.ts";

const pages = Number(process.argv[2] ?? 200);
const pagesPerTurn = 20;
const bridgeKey = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const folder = mkdtempSync(join(tmpdir(), "sidehook-bench-"));

const kinds = [
  { name: "plugin inactive", query: "bridge=inactive&events=0", sidecar: "up" },
  { name: "active, no events", query: "events=0", sidecar: "up" },
  ...(["up", "down", "hanging"] as const).flatMap((sidecar) =>
    [1, 20].map((events) => ({
      name: `${events} ${events === 1 ? "event" : "events"}, sidecar ${sidecar}`,
      query: `events=${events}`,
      sidecar,
    })),
  ),
] as const;

const urls = { up: await startSidecar(), down: "http://127.0.0.1:9", hanging: await startHanging() };
const wordpress = await startWordPress({ bridgeKey });
try {
  copyFileSync(
    join(import.meta.dirname, "../wp-bridge/bench/pages.php"),
    join(wordpress.root, "wp-content/mu-plugins/bench.php"),
  );
  await wordpress.php("update_network_option( null, 'sidehook_wanted', array() );");
  const times = new Map<string, number[]>(kinds.map(({ name }) => [name, []]));
  for (let turn = -1; turn < pages / pagesPerTurn; turn++) {
    for (const kind of kinds) {
      const measured = await takeTurn(kind);
      if (turn >= 0) times.get(kind.name)?.push(...measured);
    }
  }
  print(times);
} finally {
  await wordpress.stop();
  rmSync(folder, { recursive: true });
}
process.exit();

/** Each turn finds the sidecar as if it had just come to be so: its first page is the one that finds out. */
async function takeTurn({
  query,
  sidecar,
}: {
  query: string;
  sidecar: keyof typeof urls;
}): Promise<number[]> {
  await wordpress.query("DELETE FROM wp_sitemeta WHERE meta_key IN ('sidehook_breaker', 'sidehook_home')");
  await wordpress.query("DELETE FROM wp_sidehook_outbox");
  const times: number[] = [];
  for (let i = 0; i < pagesPerTurn; i++) {
    const startedAt = performance.now();
    const page = await fetch(`${wordpress.url}/?bench=page&${query}&sidecar=${urls[sidecar]}`);
    const text = await page.text();
    times.push(performance.now() - startedAt);
    if (!text.endsWith("#page")) throw new Error(`the page did something else: ${text.slice(0, 500)}`);
  }
  return times;
}

function print(times: ReadonlyMap<string, readonly number[]>): void {
  const base = quantile(times.get(kinds[0].name) ?? [], 0.5);
  for (const [name, each] of times) {
    const [median, p95] = [quantile(each, 0.5), quantile(each, 0.95)];
    const added = (median - base).toFixed(2);
    console.log(
      `${name}: median ${median.toFixed(2)} ms (${added} added), p95 ${p95.toFixed(2)} ms of ${each.length}`,
    );
  }
}

function quantile(times: readonly number[], q: number): number {
  return [...times].sort((a, b) => a - b)[Math.floor(q * (times.length - 1))] ?? Number.NaN;
}

async function startSidecar(): Promise<string> {
  const port = await findFreePort();
  const settings = [
    `SIDEHOOK_PORT=${port}`,
    `SIDEHOOK_DATA_DIR=${folder}`,
    `SIDEHOOK_BRIDGE_KEY=${bridgeKey}`,
  ];
  const main = join(import.meta.dirname, "../apps/sidecar/dist/main.js");
  await startService(
    ["env", ...settings, process.execPath, main],
    { host: "127.0.0.1", port },
    join(folder, "sidecar.log"),
  );
  return `http://127.0.0.1:${port}`;
}

/** Takes connections and never answers. */
async function startHanging(): Promise<string> {
  const port = await findFreePort();
  const server = createServer(() => {}).listen(port, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${port}`;
}
