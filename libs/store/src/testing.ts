import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { webhookDefaults, type ClaimedDelivery, type Decision } from "@sidehook/delivery";
import { createIdSource, type WebhookEvent } from "@sidehook/events";
import Sqlite from "better-sqlite3";
import { Client } from "pg";
import { afterEach, inject } from "vitest";
import { openStore } from "./open.ts";
import type { AttemptRecord, Store, WebhookInput } from "./store.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** A PostgreSQL server for the tests, from the suite's global setup. */
    postgresUrl?: string;
  }
}

/** An empty database that disappears with its last store. */
export interface TestDatabase {
  url: string;
  /** Runs one statement through a connection of its own, for what the store itself never does or shows. */
  runSql(statement: string): Promise<unknown[]>;
  drop(): Promise<void>;
}

export interface TestBackend {
  name: string;
  createDatabase(): Promise<TestDatabase>;
}

const sqlite: TestBackend = {
  name: "SQLite",
  async createDatabase() {
    const folder = await mkdtemp(join(tmpdir(), "sidehook-test-"));
    const file = join(folder, "sidehook.db");
    return {
      url: `sqlite:${file}`,
      runSql: (statement) => Promise.resolve(runOnFile(file, statement)),
      drop: () => rm(folder, { recursive: true, force: true }),
    };
  },
};

function runOnFile(file: string, text: string): unknown[] {
  const connection = new Sqlite(file, { timeout: 5_000 });
  try {
    const statement = connection.prepare(text);
    if (statement.reader) return statement.all();
    statement.run();
    return [];
  } finally {
    connection.close();
  }
}

const postgres: TestBackend = {
  name: "Postgres",
  createDatabase() {
    const url = inject("postgresUrl");
    if (url === undefined) throw new Error("the test set-up provides no postgresUrl");
    return createPostgresDatabase(url);
  },
};

async function createPostgresDatabase(serverUrl: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString("hex")}`;
  await runOnServer(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    runSql: (statement) => runOnServer(url.href, statement),
    drop: async () => void (await runOnServer(serverUrl, `drop database ${name} with (force)`)),
  };
}

async function runOnServer(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<object>(statement)).rows;
  } finally {
    await client.end();
  }
}

/** Every database the store's suite runs on. Another one is one more entry. */
export const testBackends: readonly TestBackend[] = [sqlite, postgres];

/** A store over a database of its own. Closing it, or leaving the scope of `await using`, removes the database. */
export interface TestStore extends Store, AsyncDisposable {
  url: string;
  /** Runs one statement beside the store; answers its rows. */
  runSql(statement: string): Promise<unknown[]>;
  /** A second store over the same database, as another process would have it. */
  openAnother(): Promise<TestStore>;
}

const openStores = new Map<TestStore, Error>();

/** A test that leaves a store open leaves a file, connections and timers behind, which other tests then trip over. */
afterEach(async () => {
  const leaks = [...openStores];
  for (const [store] of leaks) await store.close();
  if (leaks[0]) throw new Error("the test has left a store open", { cause: leaks[0][1] });
});

/**
 * Opens a store over an empty database; on SQLite unless another backend is given.
 *
 * @example await using store = await openTestStore();
 */
export async function openTestStore(backend: TestBackend = sqlite): Promise<TestStore> {
  const database = await backend.createDatabase();
  return openTracked(database, () => database.drop());
}

async function openTracked(database: TestDatabase, afterClose: () => Promise<void>): Promise<TestStore> {
  const store = await openStore({ url: database.url, now: Date.now });
  const close = async () => {
    if (!openStores.delete(tracked)) return;
    await store.close();
    await afterClose();
  };
  const tracked: TestStore = {
    ...store,
    url: database.url,
    runSql: (statement) => database.runSql(statement),
    close,
    openAnother: () => openTracked(database, () => Promise.resolve()),
    [Symbol.asyncDispose]: close,
  };
  openStores.set(tracked, new Error("opened here"));
  return tracked;
}

/** A webhook that wants everything. */
export function makeWebhook(changes: Partial<WebhookInput> = {}): WebhookInput {
  return {
    name: "Receiver",
    url: "http://127.0.0.1:9/hook",
    events: ["*"],
    ...webhookDefaults,
    source: "manual",
    externalId: null,
    ...changes,
  };
}

const newId = createIdSource(Date.now);

/** An event with an id of its own. */
export function makeEvent(changes: Partial<WebhookEvent> = {}): WebhookEvent {
  return {
    id: newId("evt"),
    type: "payment_received",
    occurredAt: "2026-11-21T23:50:46.123456Z",
    payload: '{"payment_id":5,"payment_total_raw":128.99}',
    context: { siteId: 1 },
    ...changes,
  };
}

/** An attempt of a claimed delivery, as the worker would record it. */
export function makeRecord(
  claimed: ClaimedDelivery,
  decision: Decision = { state: "delivered" },
  attempt: Partial<AttemptRecord["attempt"]> = {},
): AttemptRecord {
  const isDelivered = decision.state === "delivered";
  return {
    deliveryId: claimed.id,
    webhookId: claimed.webhook.id,
    claimToken: claimed.claimToken,
    eventType: claimed.event.type,
    payload: claimed.event.payload,
    decision,
    attempt: {
      number: claimed.attemptNumber,
      startedAt: new Date(),
      durationMs: 12.5,
      phases: { dns: null, connect: 1, tls: null, firstByte: 10, body: 1.5 },
      request: {
        method: "POST",
        url: claimed.webhook.url,
        headers: { "webhook-id": claimed.event.id },
        body: claimed.event.payload,
      },
      response: { status: isDelivered ? 200 : 500, headers: { "content-type": "text/plain" }, body: "ok" },
      error: isDelivered ? null : { class: decision.failureClass, message: "the receiver answered 500" },
      decision: decision.state,
      nextAttemptAt: decision.state === "pending" ? decision.nextAttemptAt : null,
      trigger: claimed.trigger,
      ...attempt,
    },
  };
}
