import type { ClaimedDelivery } from "@sidehook/delivery";
import { createIdSource } from "@sidehook/events";
import { openStore, type AttemptRecord, type Store, type WebhookInput } from "@sidehook/store";
import { join } from "node:path";
import type { Bench, Scenario } from "../bench.ts";
import { copyAttempts } from "../copy-attempts.ts";
import { payload } from "../events.ts";
import { formatNumber } from "../table.ts";

const activeType = "bench_active";
const pausedType = "bench_paused";
const webhooksEach = 5;
const eventsPerCall = 500;
/** What the others have in flight. */
const claimSize = 64;
const claimsPerRun = 30;
const runs = 5;
const leaseMs = 35_000;
const newId = createIdSource(Date.now);

/** A database to measure on. */
interface Subject {
  name: string;
  store: Store;
}

/**
 * What claiming and recording cost by how much waits, whose it is, and how long the log is; in this process, without
 * any HTTP. All databases are open at once and take turns.
 */
export const claim: Scenario = {
  name: "claim",
  isLong: true,
  async run(bench) {
    if (bench.round > 0) return; // it has rounds of its own, since preparing it takes minutes
    const { claimBacklogs, loggedAttempts } = bench.sizes;
    const subjects: Subject[] = [];
    for (const count of claimBacklogs) {
      subjects.push(await prepare(bench, { name: `${formatNumber(count)} due`, due: count }));
      subjects.push(await prepare(bench, { name: `${formatNumber(count)} paused`, paused: count }));
    }
    subjects.push(await prepare(bench, { name: "empty log" }));
    if (loggedAttempts > 0) {
      const name = `${formatNumber(loggedAttempts)} logged`;
      subjects.push(await prepare(bench, { name, logged: loggedAttempts }));
    }
    for (let run = 0; run < runs; run++) {
      for (const subject of subjects) await measure(bench, subject);
    }
    for (const { store } of subjects) await store.close();
  },
};

interface Content {
  name: string;
  due?: number;
  paused?: number;
  logged?: number;
}

async function prepare(bench: Bench, { name, due = 0, paused = 0, logged = 0 }: Content): Promise<Subject> {
  console.error(`  preparing ${name}`);
  const file = join(bench.folder, `claim ${name}.db`);
  const store = await openStore({ url: `sqlite:${file}`, now: Date.now });
  for (let at = 0; at < webhooksEach; at++) {
    await store.createWebhook(webhookOf(activeType), new Date());
    const { webhook } = await store.createWebhook(webhookOf(pausedType), new Date());
    await store.pauseWebhook(webhook.id, new Date());
  }
  await addDeliveries(store, pausedType, paused);
  await addDeliveries(store, activeType, due + (runs + 1) * claimsPerRun * claimSize);
  await runClaims(store); // warms up, and makes the attempts that are copied
  if (logged > 0) copyAttempts(file, logged);
  return { name, store };
}

async function addDeliveries(store: Store, type: string, count: number): Promise<void> {
  for (let left = Math.ceil(count / webhooksEach); left > 0; left -= eventsPerCall) {
    const now = new Date();
    const events = Array.from({ length: Math.min(left, eventsPerCall) }, () => ({
      id: newId("evt"),
      type,
      occurredAt: now.toISOString(),
      payload,
      context: {},
    }));
    await store.ingestEvents(events, now);
  }
}

interface Cost {
  claimUs: number;
  recordUs: number;
}

/** CPU time, since the disk is everybody's. */
async function measure({ results }: Bench, { name, store }: Subject): Promise<void> {
  const { claimUs, recordUs } = await runClaims(store);
  results.add({ name: "CPU of finding and claiming, per delivery", unit: "µs" }, name, claimUs);
  results.add({ name: "CPU of recording, per delivery", unit: "µs" }, name, recordUs);
}

async function runClaims(store: Store): Promise<Cost> {
  const cost: Cost = { claimUs: 0, recordUs: 0 };
  let count = 0;
  for (let at = 0; at < claimsPerRun; at++) {
    const startedAt = cpuUs();
    const due = await store.listDueWebhooks();
    const limit = Math.floor(claimSize / due.length);
    const slots = due.map(({ webhookId }) => ({ webhookId, limit }));
    const claimed = await store.claimDeliveries({ now: new Date(), leaseMs, slots });
    const claimedAt = cpuUs();
    await store.recordAttempts(claimed.map(delivered), new Date());
    cost.claimUs += claimedAt - startedAt;
    cost.recordUs += cpuUs() - claimedAt;
    count += claimed.length;
  }
  return { claimUs: cost.claimUs / count, recordUs: cost.recordUs / count };
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function webhookOf(type: string): WebhookInput {
  return {
    name: type,
    url: "http://127.0.0.1:9/hook",
    events: [type],
    isActive: true,
    format: "compatible",
    headers: {},
    siteIds: [],
    retryScheduleMs: null,
    timeoutMs: null,
    maxConcurrency: null,
    source: "api",
    externalId: null,
    filter: null,
    rateLimit: null,
    isOrdered: false,
  };
}

function delivered(claimed: ClaimedDelivery): AttemptRecord {
  const headers = { "content-type": "application/json", "webhook-id": claimed.event.id };
  return {
    deliveryId: claimed.id,
    webhookId: claimed.webhook.id,
    claimToken: claimed.claimToken,
    eventType: claimed.event.type,
    payload: claimed.event.payload,
    decision: { state: "delivered" },
    attempt: {
      number: claimed.attemptNumber,
      startedAt: new Date(),
      durationMs: 3,
      phases: { dns: null, connect: null, tls: null, firstByte: 2, body: 1 },
      request: { method: "POST", url: claimed.webhook.url, headers, body: claimed.event.payload },
      response: { status: 200, headers: { "content-length": "2" }, body: "ok" },
      error: null,
      decision: "delivered",
      nextAttemptAt: null,
      trigger: claimed.trigger,
    },
  };
}
