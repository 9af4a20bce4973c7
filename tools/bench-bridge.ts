/**
 * What the bridge costs a page: `node tools/bench-bridge.ts [pages of each kind]` prints the distributions, measured on a real network
 * (nginx, PHP-FPM with opcache, MariaDB whose commits are durable).
 */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { startWordPress } from "./wordpress.ts";

const runs = Number(process.argv[2] ?? 300);
const warmUpRuns = 30;
/** An address nobody listens on: what is measured is the page, not the sidecar. */
const sidecarUrl = "http://127.0.0.1:9";
const bridgeKey = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

/** Each turn is a page of its own. Its first event is the dearest: classes are loaded and the settings read. */
const cases = [
  { name: "one event recorded, autocommit", query: "bench=record" },
  { name: "the second event of a page, autocommit", query: "bench=second" },
  { name: "one event recorded in an open transaction", query: "bench=transaction" },
  { name: "one event that no webhook wants", query: "bench=unwanted" },
] as const;

const wordpress = await startWordPress({ sidecarUrl, bridgeKey });
try {
  copyFileSync(
    join(import.meta.dirname, "../wp-bridge/bench/pages.php"),
    join(wordpress.root, "wp-content/mu-plugins/bench.php"),
  );
  // WordPress filters only options that exist; what is in it each page says for itself.
  await wordpress.php("update_network_option( null, 'sidehook_wanted', array() );");
  for (const { name, query } of cases) print(name, await measure(query), 1);
  await comparePages();
} finally {
  await wordpress.stop();
}

interface Answer {
  ms: number;
  /** Of the processor alone: what else the machine does is not in it, and neither is waiting for the disk. */
  cpuMs: number;
  statements: number;
}

async function ask(query: string): Promise<Answer> {
  const page = await (await fetch(`${wordpress.url}/?${query}`)).text();
  const [, result] = page.split("\n#bench ");
  if (result === undefined) throw new Error(`the page did not measure anything: ${page.slice(0, 500)}`);
  return JSON.parse(result) as Answer;
}

/** A page that records must have recorded, and the others must not. */
async function checkOutbox(query: string): Promise<void> {
  const [row] = await wordpress.query("SELECT COUNT(*) AS count FROM wp_sidehook_outbox");
  const isRecorded = row?.["count"] !== "0";
  if (isRecorded === /unwanted|idle/.test(query)) throw new Error(`${query} measured something else`);
}

async function measure(query: string): Promise<Answer[]> {
  await wordpress.query("DELETE FROM wp_sidehook_outbox");
  for (let i = 0; i < warmUpRuns; i++) await ask(query);
  const answers: Answer[] = [];
  for (let i = 0; i < runs; i++) answers.push(await ask(query));
  await checkOutbox(query);
  return answers;
}

/** The same page by turns with the plugin and without it, so that a busy machine is busy for both. */
async function comparePages(): Promise<void> {
  const answers = { active: [] as Answer[], inactive: [] as Answer[] };
  for (let i = 0; i < runs + warmUpRuns; i++) {
    for (const state of ["active", "inactive"] as const) {
      const answer = await ask(`bench=idle&bridge=${state}`);
      if (i >= warmUpRuns) answers[state].push(answer);
    }
  }
  print("page without events, bridge active", answers.active);
  print("page without events, bridge inactive", answers.inactive);
  console.log(
    `statements: ${answers.active.at(-1)?.statements} with it, ${answers.inactive.at(-1)?.statements} without it`,
  );
  print("loading the bridge and its hooks, in such a page", await measure("bench=idle&part=load"), 0.2);
}

function print(name: string, answers: readonly Answer[], targetMs?: number): void {
  const times = answers.map(({ ms }) => ms);
  const [median, p95, max] = [0.5, 0.95, 1].map((q) => quantile(times, q));
  const cpu = quantile(
    answers.map(({ cpuMs }) => cpuMs),
    0.5,
  );
  const target = targetMs === undefined ? "" : ` (target: median < ${targetMs} ms)`;
  console.log(
    `${name}: median ${median} ms, p95 ${p95} ms, max ${max} ms of ${times.length}; processor ${cpu} ms${target}`,
  );
}

function quantile(times: readonly number[], q: number): string {
  const sorted = [...times].sort((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN).toFixed(3);
}
