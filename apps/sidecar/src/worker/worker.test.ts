import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSender, type Sender } from "@sidehook/delivery";
import { startReceiver } from "@sidehook/delivery/testing";
import { openStore, type Store } from "@sidehook/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { webhookInput } from "../admin/testing.ts";
import { createLog } from "../log.ts";
import { leaseMs, startWorker, type DeliveryWorker, type WorkerOptions } from "./worker.ts";

const config = { concurrency: 8, webhookConcurrency: 4, retryScheduleMs: [60_000], timeoutMs: 1_000 };
let folder: string;
let store: Store;
let worker: DeliveryWorker | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sidehook-worker-"));
  store = await openStore({ url: `sqlite:${folder}/sidehook.db`, now: Date.now });
});
afterEach(async () => {
  await stop();
  await store.close();
  rmSync(folder, { recursive: true });
});

function start(options: Partial<WorkerOptions>): void {
  const sender = createSender({
    guard: { findRefusal: () => undefined },
    timeoutMs: config.timeoutMs,
    connectTimeoutMs: 1_000,
  });
  const log = createLog("error");
  log.level = "silent"; // these faults are meant
  worker = startWorker({ store, sender, config, log, now: () => new Date(), random: () => 0.5, ...options });
}

async function stop(): Promise<void> {
  await worker?.stop();
  worker = undefined;
}

async function ingest(type: string, count = 1): Promise<void> {
  const events = Array.from({ length: count }, (_, index) => ({
    id: `${type}_${index}`,
    type,
    occurredAt: new Date().toISOString(),
    payload: "{}",
    context: {},
  }));
  await store.ingestEvents(events, new Date());
}

async function firstDelivery() {
  const { data } = await store.listDeliveries({}, { limit: 1 });
  return store.getDelivery(data[0]?.id ?? "");
}

describe("a fault of our own never uses up a schedule", () => {
  const faults: [name: string, options: () => Partial<WorkerOptions>][] = [
    ["that keeps a request from being sent", () => ({ sender: failingSender() })],
    ["that keeps an attempt from being recorded", () => ({ store: { ...store, recordAttempts: refuse } })],
  ];

  it.each(faults)("%s", async (_, options) => {
    const receiver = await startReceiver();
    await store.createWebhook(webhookInput({ url: receiver.url }), new Date());
    start(options());
    await ingest("payment_received");
    await expect.poll(async () => (await firstDelivery()).state).toBe("sending");
    await stop();
    await store.rescueDeliveries(new Date(Date.now() + leaseMs + 1_000));
    expect(await firstDelivery()).toMatchObject({ state: "pending", attemptCount: 0, attempts: [] });
    start({});
    await expect.poll(async () => (await firstDelivery()).state).toBe("delivered");
    expect((await firstDelivery()).attempts).toMatchObject([{ number: 1 }]);
    await stop();
    await receiver.close();
  });

  it("such as a stop in the middle of an attempt", async () => {
    await store.createWebhook(webhookInput(), new Date());
    const never = new Promise<never>(() => {});
    start({ sender: { send: () => never, close: () => Promise.resolve() } });
    await ingest("payment_received");
    await expect.poll(async () => (await firstDelivery()).state).toBe("sending");
    await stop();
    expect(await firstDelivery()).toMatchObject({ state: "pending", attemptCount: 0, attempts: [] });
  });
});

it("records what was sent while the database was away, and sends it once", async () => {
  let isAway = false;
  const receiver = await startReceiver({
    answer: () => {
      isAway = true;
      return {};
    },
  });
  await store.createWebhook(webhookInput({ url: receiver.url }), new Date());
  let refusals = 0;
  const listDueWebhooks = () => {
    if (!isAway) return store.listDueWebhooks();
    refusals++;
    isAway = refusals < 2;
    return refuse();
  };
  start({ store: { ...store, listDueWebhooks } });
  await ingest("payment_received");
  await expect.poll(async () => (await firstDelivery()).state).toBe("delivered");
  expect(refusals).toBe(2);
  expect(receiver.requests.length).toBe(1);
  await receiver.close();
});

it("looks again within seconds for what a list that was kept for a while did not have", async () => {
  const receiver = await startReceiver();
  await store.createWebhook(webhookInput({ url: receiver.url }), new Date());
  await ingest("payment_received");
  let lookedAt = 0;
  const listDueWebhooks = async () => (++lookedAt < 3 ? [] : store.listDueWebhooks());
  start({ store: { ...store, listDueWebhooks, onDeliveriesDue: () => () => {} } });
  await receiver.waitFor(1);
  expect(lookedAt).toBeGreaterThanOrEqual(3);
  await receiver.close();
});

function failingSender(): Sender {
  return { send: () => Promise.reject(new Error("out of file descriptors")), close: () => Promise.resolve() };
}

function refuse(): Promise<never> {
  return Promise.reject(new Error("the disk is full"));
}

describe("fairness", () => {
  it("gives a receiver that hangs one request at a time, and the others all they want", async () => {
    let hanging = 0;
    let most = 0;
    const receiver = await startReceiver({
      answer: ({ path }, response) => {
        if (path !== "/hang") return {};
        most = Math.max(most, ++hanging);
        response.on("close", () => hanging--);
        return undefined;
      },
    });
    await store.createWebhook(webhookInput({ url: `${receiver.url}/hang`, events: ["slow"] }), new Date());
    await store.createWebhook(webhookInput({ url: receiver.url, events: ["quick"] }), new Date());
    await ingest("slow", 20);
    start({});
    await expect.poll(() => hanging).toBe(4);
    await expect.poll(() => hanging).toBe(1);
    most = 0;
    await ingest("quick", 200);
    await receiver.waitFor((requests) => requests.filter(({ path }) => path === "/").length === 200);
    await receiver.waitFor((requests) => requests.filter(({ path }) => path === "/hang").length >= 6);
    expect(most).toBe(1);
    await receiver.close();
  });
});

it("sends nothing of what it has claimed ahead once its receiver fails", async () => {
  let isBroken = false;
  const receiver = await startReceiver({ answer: () => ({ status: isBroken ? 500 : 200 }) });
  await store.createWebhook(webhookInput({ url: receiver.url }), new Date());
  await ingest("payment_received", 400);
  start({});
  await receiver.waitFor(40);
  isBroken = true;
  // Each is tried once and waits for its retry; what was claimed ahead is not stuck with this worker.
  const state = async () => ({
    isLater: (await store.listDueWebhooks()).map(({ dueAt }) => dueAt > new Date()),
    sending: (await store.listDeliveries({ state: "sending" }, { limit: 1 })).data,
  });
  await expect.poll(state).toEqual({ isLater: [true], sending: [] });
  expect(receiver.requests.length).toBe(400);
  await receiver.close();
});

describe("a rate limit", () => {
  it("holds exactly where the requests arrive, and is used up to the full", async () => {
    const receiver = await startReceiver();
    const rateLimit = { limit: 5, per: "second" } as const;
    await store.createWebhook(webhookInput({ url: receiver.url, rateLimit }), new Date());
    await ingest("payment_received", 20);
    // Nothing else wakes the worker within half a minute: it does so itself when the next may go.
    const tending = Promise.withResolvers<void>();
    start({ store: { ...store, tendWebhooks: () => tending.promise } });
    const requests = await receiver.waitFor(20, 20_000);
    tending.resolve();
    const times = requests.map(({ receivedAt }) => receivedAt.getTime()).toSorted((a, b) => a - b);
    const spans = times.slice(5).map((at, index) => at - (times[index] ?? 0));
    expect(Math.min(...spans)).toBeGreaterThanOrEqual(1_000);
    await receiver.close();
  });
});
