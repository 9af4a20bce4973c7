import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSender, type Sender } from "@sidehook/delivery";
import { createIdSource } from "@sidehook/events";
import { openStore } from "@sidehook/store";
import type { Hono } from "hono";
import { createApp } from "./app.ts";
import { loadConfig } from "./config.ts";
import { loadKeys, type Keys } from "./keys.ts";
import { createLog } from "./log.ts";
import { createMetrics } from "./metrics.ts";
import { observeStore } from "./observed-store.ts";
import type { Services } from "./services.ts";
import { startReplays } from "./worker/replays.ts";
import { startWorker } from "./worker/worker.ts";

export interface TestSidecar {
  app: Hono;
  services: Services;
  keys: Keys;
  /** Calls the API with the admin token unless other headers are given; `body` is sent as JSON. */
  call: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<{ status: number; type: string | null; body: unknown }>;
  /** Makes a webhook through the API; wants `payment_received` and is called CRM unless told otherwise. */
  createWebhook: (input: Record<string, unknown>) => Promise<{ id: string; secret: string }>;
  close: () => Promise<void>;
}

/** The whole sidecar but for the listening socket, on a SQLite file of its own, with a worker that reaches loopback. */
export async function startTestSidecar(env: Record<string, string> = {}): Promise<TestSidecar> {
  const dataDir = mkdtempSync(join(tmpdir(), "sidehook-sidecar-"));
  const config = loadConfig({ SIDEHOOK_DATA_DIR: dataDir, SIDEHOOK_LOG: "error", ...env });
  const log = createLog(config.logLevel);
  const keys = loadKeys(config);
  const newId = createIdSource(Date.now);
  const metrics = createMetrics();
  const opened = await openStore({ url: config.databaseUrl, now: Date.now, newId });
  const store = observeStore(opened, metrics, "api");
  const sender = createLoopbackSender(config.timeoutMs);
  const worker = startWorker({ store, sender, config, log, now, random: () => 0.5 });
  const stopReplays = startReplays({ store, log, now });
  const publicUrl = "http://127.0.0.1:8787";
  const services: Services = {
    store,
    config,
    keys,
    log,
    metrics,
    now,
    newId,
    publicUrl,
    isWorkerRunning: () => true,
  };
  const app = createApp(services);
  const asAdmin = { authorization: `Bearer ${keys.adminToken}` };
  return {
    app,
    services,
    keys,
    call: (method, path, body, headers = asAdmin) => call(app, { method, path, body, headers }),
    async createWebhook(input) {
      const webhook = { name: "CRM", events: ["payment_received"], ...input };
      const answer = await call(app, {
        method: "POST",
        path: "/v1/webhooks",
        body: webhook,
        headers: asAdmin,
      });
      if (answer.status !== 201) throw new Error(`the webhook was not made: ${JSON.stringify(answer.body)}`);
      return answer.body as { id: string; secret: string };
    },
    async close() {
      await stopReplays();
      await worker.stop();
      await sender.close();
      await store.close();
      rmSync(dataDir, { recursive: true });
    },
  };
}

function now(): Date {
  return new Date();
}

function createLoopbackSender(timeoutMs: number): Sender {
  return createSender({ guard: { findRefusal: () => undefined }, timeoutMs, connectTimeoutMs: 1000 });
}

interface Call {
  method: string;
  path: string;
  body: unknown;
  headers: Record<string, string>;
}

async function call(app: Hono, { method, path, body, headers }: Call) {
  const json = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await app.request(path, {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...json,
  });
  const text = await response.text();
  const type = response.headers.get("content-type");
  return { status: response.status, type, body: text === "" ? null : (JSON.parse(text) as unknown) };
}
