import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** One request as the witness saw it; a run makes a hundred thousand, so no more is kept. */
export interface Visit {
  eventId: string;
  webhookId: string;
  deliveryId: string;
  attempt: number;
  bodyHash: string;
  /** Milliseconds of `performance.now()`. */
  at: number;
  /** 0: not answered (yet). */
  status: number;
}

/** A receiver that remembers who came when, and tells of the moments in which a kill hurts most. */
export interface Witness {
  url: string;
  visits: readonly Visit[];
  /** Distinct pairs of event and webhook that got a 2xx. */
  countDelivered: () => number;
  /** Whether an attempt was seen, whatever it was answered. */
  hasVisited: (eventId: string, webhookId: string) => boolean;
  hasDelivered: (eventId: string, webhookId: string) => boolean;
  /** Settles while the next request is held: it has come, and its answer has not gone out. */
  nextVisit: () => Promise<void>;
  /** Settles when the next answer has gone out: the sidecar has not recorded it yet. */
  nextAnswer: () => Promise<void>;
  close: () => Promise<void>;
}

const holdMs = 50;
const failingShare = 0.05;

/**
 * Starts it on 127.0.0.1; a share of the requests gets a 500, so that retries are under way as well. A 503 would slow
 * its webhook down.
 *
 * @param mostDelayMs before an answer, so that something is in flight at any time
 */
export async function startWitness(random: () => number, mostDelayMs = 10): Promise<Witness> {
  const visits: Visit[] = [];
  const visited = new Set<string>();
  const delivered = new Set<string>();
  const waiting = { visit: [] as (() => void)[], answer: [] as (() => void)[] };

  async function receive(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const visit = await readVisit(incoming);
    visits.push(visit);
    visited.add(keyOf(visit.eventId, visit.webhookId));
    const observers = waiting.visit.splice(0);
    for (const tell of observers) tell();
    await delay(observers.length > 0 ? holdMs : random() * mostDelayMs);
    const status = random() < failingShare ? 500 : 200;
    response.writeHead(status).end("ok", () => {
      visit.status = status;
      if (status === 200) delivered.add(keyOf(visit.eventId, visit.webhookId));
      for (const tell of waiting.answer.splice(0)) tell();
    });
  }

  const server = createServer((incoming, response) => {
    // a sidecar killed in the middle of its request is what this is for
    receive(incoming, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    visits,
    countDelivered: () => delivered.size,
    hasVisited: (eventId, webhookId) => visited.has(keyOf(eventId, webhookId)),
    hasDelivered: (eventId, webhookId) => delivered.has(keyOf(eventId, webhookId)),
    nextVisit: () => new Promise((resolve) => void waiting.visit.push(resolve)),
    nextAnswer: () => new Promise((resolve) => void waiting.answer.push(resolve)),
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function readVisit(incoming: IncomingMessage): Promise<Visit> {
  const hash = createHash("sha1");
  for await (const chunk of incoming) hash.update(chunk as Buffer);
  const header = (name: string) => String(incoming.headers[name]);
  return {
    eventId: header("webhook-id"),
    webhookId: header("sidehook-webhook"),
    deliveryId: header("sidehook-delivery"),
    attempt: Number(header("sidehook-attempt")),
    bodyHash: hash.digest("base64url"),
    at: performance.now(),
    status: 0,
  };
}

/** A name for what is owed: this event to this webhook. */
export function keyOf(eventId: string, webhookId: string): string {
  return `${eventId} ${webhookId}`;
}
