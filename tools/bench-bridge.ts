/**
 * What the bridge costs a page: `node tools/bench-bridge.ts [pages of each kind] [folder of another wp-bridge]` prints the
 * distributions, measured on a real network (nginx, PHP-FPM with opcache, MariaDB whose commits are durable). The kinds, and with
 * them the other bridge, take turns page by page, so that a busy machine is busy for all of them.
 */
import { copyFileSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { startWordPress } from "./wordpress.ts";

const runs = Number(process.argv[2] ?? 300);
const otherFolder = process.argv[3];
const warmUpRuns = 10;
/** An address nobody listens on: what is measured is the page, not the sidecar. */
const sidecarUrl = "http://127.0.0.1:9";
const bridgeKey = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

interface Kind {
  name: string;
  query: string;
  /** What its median has to stay below. */
  targetMs?: number;
}

/** The first event of a page is the dearest: classes are loaded and the settings read. */
const kinds: readonly Kind[] = [
  { name: "one event, on its own", query: "bench=record", targetMs: 1 },
  { name: "one event, after the change it tells of", query: "bench=change", targetMs: 1 },
  { name: "one event, after seconds without one", query: "bench=record&pause" },
  { name: "the second event of a page", query: "bench=second", targetMs: 1 },
  { name: "one event in an open transaction", query: "bench=transaction", targetMs: 1 },
  { name: "one event that no webhook wants", query: "bench=unwanted", targetMs: 1 },
  { name: "loading the bridge and its hooks", query: "bench=idle&part=load", targetMs: 0.2 },
  { name: "page without events", query: "bench=idle" },
];
const turns: readonly Kind[] = [
  ...kinds.flatMap((kind) => (otherFolder === undefined ? [kind] : [kind, ofOther(kind)])),
  { name: "page without events, bridge inactive", query: "bench=idle&bridge=inactive" },
];

const wordpress = await startWordPress({ sidecarUrl, bridgeKey });
try {
  copyFileSync(
    join(import.meta.dirname, "../wp-bridge/bench/pages.php"),
    join(wordpress.root, "wp-content/mu-plugins/bench.php"),
  );
  if (otherFolder !== undefined) {
    symlinkSync(resolve(otherFolder), join(wordpress.root, "wp-content/plugins/other"));
  }
  // WordPress filters only options that exist; what is in it each page says for itself.
  await wordpress.php("update_network_option( null, 'sidehook_wanted', array() );");
  for (const { query } of turns) await checkOutbox(query);
  print(await measure());
} finally {
  await wordpress.stop();
}

interface Answer {
  ms: number;
  /** Of the processor alone: what else the machine does is not in it, and neither is waiting for the disk. */
  cpuMs: number;
  /** Of the whole page. */
  statements: number;
}

function ofOther({ name, query }: Kind): Kind {
  return { name: `${name}, the other bridge`, query: `${query}&bridge=other` };
}

async function ask(query: string): Promise<Answer> {
  const page = await (await fetch(`${wordpress.url}/?${query}`)).text();
  const [, result] = page.split("\n#bench ");
  if (result === undefined) throw new Error(`the page did not measure anything: ${page.slice(0, 500)}`);
  return JSON.parse(result) as Answer;
}

/** A page that records must have recorded, and the others must not. */
async function checkOutbox(query: string): Promise<void> {
  await wordpress.query("DELETE FROM wp_sidehook_outbox");
  await ask(query);
  const [row] = await wordpress.query("SELECT COUNT(*) AS count FROM wp_sidehook_outbox");
  const isRecorded = row?.["count"] !== "0";
  if (isRecorded === /unwanted|idle/.test(query)) throw new Error(`${query} measures something else`);
}

async function measure(): Promise<ReadonlyMap<Kind, readonly Answer[]>> {
  const answers = new Map<Kind, Answer[]>(turns.map((kind) => [kind, []]));
  for (let run = -warmUpRuns; run < runs; run++) {
    for (const [kind, each] of answers) {
      const answer = await ask(kind.query);
      if (run >= 0) each.push(answer);
    }
  }
  return answers;
}

function print(answers: ReadonlyMap<Kind, readonly Answer[]>): void {
  for (const [{ name, targetMs }, each] of answers) {
    const times = each.map(({ ms }) => ms);
    const cpu = quantile(
      each.map(({ cpuMs }) => cpuMs),
      0.5,
    );
    const target = targetMs === undefined ? "" : ` (target: p50 < ${targetMs} ms)`;
    console.log(
      `${name}: p50 ${quantile(times, 0.5)} ms, p90 ${quantile(times, 0.9)}, p99 ${quantile(times, 0.99)} of ${times.length}; ` +
        `processor ${cpu} ms; ${each.at(-1)?.statements} statements in the page${target}`,
    );
  }
}

function quantile(times: readonly number[], q: number): string {
  const sorted = [...times].sort((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN).toFixed(3);
}
