import { waitUntil } from "../wait.ts";
import { startSidecar, type Sidecar } from "../sidecar.ts";
import { allow, createWebhook } from "../webhook.ts";
import { closeBooks, isAnyUnfinished, type Books } from "./books.ts";
import { findFaults } from "./stage.ts";
import { startWitness, type Witness } from "./witness.ts";

/** What a run of many comes to; times in milliseconds. */
export interface ScaleReport {
  name: string;
  books: Books;
  faults: readonly string[];
  timesMs: Record<string, number>;
}

const batchSize = 500;
/** Requests under way at once. */
const lanes = 8;
const deliverTimeoutMs = 240_000;

/** Posts that many events in batches, as fast as they are taken, and waits until all are delivered. */
export function sendBurst(count: number, random: () => number): Promise<ScaleReport> {
  return withWitness(random, async ({ sidecar, witness }) => {
    const webhook = await createWebhook(sidecar, { url: witness.url, events: ["*"] });
    const ids = Array.from({ length: count }, (_, index) => `burst_${index}`);
    const acceptMs = await timed(() =>
      inLanes(Math.ceil(count / batchSize), (batch) =>
        postEvents(sidecar, ids.slice(batch * batchSize, (batch + 1) * batchSize)),
      ),
    );
    const deliverMs = await timed(() => waitForAll(sidecar, witness, count));
    const books = await closeBooks({
      sidecar,
      witness,
      acknowledged: ids,
      webhookIds: [webhook.id],
      killedAt: [],
    });
    const timesMs = { "to accept": acceptMs, "then to deliver": deliverMs };
    return { name: `burst of ${count} events`, books, faults: findFaults(books, 0), timesMs };
  });
}

/** Sends one event that this many webhooks want, and one right behind it that none of them wants. */
export function fanOutWide(count: number, random: () => number): Promise<ScaleReport> {
  return withWitness(random, async ({ sidecar, witness }) => {
    const webhookIds: string[] = [];
    const makeMs = await timed(() =>
      inLanes(count, async (index) => {
        const webhook = { url: `${witness.url}/${index}`, events: ["payment_received"] };
        webhookIds.push((await createWebhook(sidecar, webhook)).id);
      }),
    );
    const startedAt = performance.now();
    let nextMs = 0;
    const next = new Promise<void>((resolve) => setImmediate(resolve))
      .then(() => sidecar.call("POST", "/v1/events", { type: "wanted.by_nobody", payload: {} }))
      .then(() => void (nextMs = performance.now() - startedAt));
    const acceptMs = await timed(() => postEvents(sidecar, ["wide"]));
    await next;
    const deliverMs = await timed(() => waitForAll(sidecar, witness, count));
    const books = await closeBooks({ sidecar, witness, acknowledged: ["wide"], webhookIds, killedAt: [] });
    const timesMs = {
      "to make the webhooks": makeMs,
      "to accept": acceptMs,
      "to accept the next": nextMs,
      "to deliver": deliverMs,
    };
    return { name: `one event for ${count} webhooks`, books, faults: findFaults(books, 0), timesMs };
  });
}

async function withWitness<T>(
  random: () => number,
  run: (stage: { sidecar: Sidecar; witness: Witness }) => Promise<T>,
): Promise<T> {
  const witness = await startWitness(random, 0);
  const sidecar = await startSidecar({
    ...allow(witness),
    SIDEHOOK_LOG: "warn",
    SIDEHOOK_WEBHOOK_CONCURRENCY: "64",
    SIDEHOOK_RETRY_SCHEDULE: "1s,1s,1s,1s,2s,2s,4s,4s,8s,8s",
  });
  try {
    return await run({ sidecar, witness });
  } finally {
    await sidecar.stop();
    await witness.close();
  }
}

async function postEvents(sidecar: Sidecar, ids: readonly string[]): Promise<void> {
  const events = ids.map((id) => ({ id, type: "payment_received", payload: { payment_id: id } }));
  const { status, body } = await sidecar.call("POST", "/v1/events", { events });
  const results = status === 202 ? (body as { results: { status: string }[] }).results : [];
  if (!results.every((result) => result.status === "accepted") || results.length !== ids.length) {
    throw new Error(`the events were not accepted: ${status} ${JSON.stringify(body).slice(0, 500)}`);
  }
}

async function waitForAll(sidecar: Sidecar, witness: Witness, count: number): Promise<void> {
  await waitUntil(async () => !(await isAnyUnfinished(sidecar)), {
    what: "every delivery to end",
    timeoutMs: deliverTimeoutMs,
    describe: () => ({ count, delivered: witness.countDelivered() }),
  });
}

/** Does the pieces of a work from 0 to `count`, a few at a time. */
async function inLanes(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return Math.round(performance.now() - startedAt);
}

/** One run as a person reads it. */
export function formatScale({ name, books, faults, timesMs }: ScaleReport): string {
  const times = Object.entries(timesMs).map(([what, ms]) => `${Math.round(ms)} ms ${what}`);
  return [
    `${name}: ${times.join(", ")}; lost ${books.lost}, delivered ${books.states.delivered}`,
    ...faults.map((fault) => `  FAULT: ${fault}`),
  ].join("\n");
}
