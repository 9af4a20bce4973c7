import { setTimeout as delay } from "node:timers/promises";
import type { Sidecar } from "../sidecar.ts";
import { takeTurn } from "./random.ts";

/** Sends events as the bridge does: what is not acknowledged is sent again, to whoever is there, until it is. */
export interface EventSender {
  /** Ids of the events that a 202 was seen for, each once. */
  acknowledged: readonly string[];
  /** Answers by status; 0: none, the connection broke. */
  answers: ReadonlyMap<number, number>;
  /** Settles when the next request has gone out and nothing has come back. */
  nextPost: () => Promise<void>;
  /** Settles as soon as the next 202 is here. */
  nextAcknowledgement: () => Promise<void>;
  /** Makes no more events, and sends what is left. */
  stop: () => Promise<void>;
}

export interface SendingOptions {
  sidecars: readonly Pick<Sidecar, "url" | "adminToken">[];
  /** Begins the ids of this run's events. */
  prefix: string;
  eventsPerSecond: number;
}

const batchSize = 5;
const tryAgainMs = 100;
/** Longer than a sidecar keeps anybody waiting for a busy database. */
const answerTimeoutMs = 15_000;

/** Starts sending batches at a steady rate. */
export function startSending({ sidecars, prefix, eventsPerSecond }: SendingOptions): EventSender {
  const acknowledged: string[] = [];
  const answers = new Map<number, number>();
  const waiting = { post: [] as (() => void)[], acknowledgement: [] as (() => void)[] };
  const running = new Set<Promise<void>>();
  const state = { isStopped: false };
  const loop = run();

  async function run(): Promise<void> {
    const startedAt = performance.now();
    for (let sent = 0; !state.isStopped; sent += batchSize) {
      const batch = sendUntilAcknowledged(sent).finally(() => running.delete(batch));
      running.add(batch);
      const dueAt = startedAt + ((sent + batchSize) * 1000) / eventsPerSecond;
      await delay(Math.max(0, dueAt - performance.now()));
    }
  }

  async function sendUntilAcknowledged(first: number): Promise<void> {
    const ids = Array.from({ length: batchSize }, (_, index) => `${prefix}_${first + index}`);
    const events = ids.map((id) => ({ id, type: "payment_received", payload: { payment_id: id } }));
    for (let turn = first / batchSize; !(await send(JSON.stringify({ events }), turn)); turn++) {
      await delay(tryAgainMs);
    }
    acknowledged.push(...ids);
  }

  async function send(body: string, turn: number): Promise<boolean> {
    const { url, adminToken } = takeTurn(sidecars, turn);
    const headers = { authorization: `Bearer ${adminToken}`, "content-type": "application/json" };
    const signal = AbortSignal.timeout(answerTimeoutMs);
    const sending = fetch(`${url}/v1/events`, { method: "POST", headers, body, signal });
    setImmediate(() => waiting.post.splice(0).forEach((tell) => tell()));
    const response = await sending.catch(() => null); // whoever was there has been killed
    const status = response?.status ?? 0;
    answers.set(status, (answers.get(status) ?? 0) + 1);
    if (status === 202) waiting.acknowledgement.splice(0).forEach((tell) => tell());
    const text = await response?.text().catch(() => ""); // it was killed in the middle of its answer
    return status === 202 && isEveryOneTaken(text ?? "");
  }

  return {
    acknowledged,
    answers,
    nextPost: () => new Promise((resolve) => void waiting.post.push(resolve)),
    nextAcknowledgement: () => new Promise((resolve) => void waiting.acknowledgement.push(resolve)),
    async stop() {
      state.isStopped = true;
      await loop;
      await Promise.all(running);
    },
  };
}

function isEveryOneTaken(text: string): boolean {
  if (text === "") return false;
  const { results } = JSON.parse(text) as { results: { status: string }[] };
  return results.every(({ status }) => status === "accepted" || status === "duplicate");
}
