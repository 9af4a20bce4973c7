import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Hono } from "hono";
import { webhookDefaults } from "@sidehook/delivery";
import { createIdSource } from "@sidehook/events";
import { openStore, type WebhookInput } from "@sidehook/store";
import { loadConfig } from "../config.ts";
import { createLog } from "../log.ts";
import { createMetrics } from "../metrics.ts";
import type { Services } from "../services.ts";
import { createAdmin } from "./index.ts";

/** Ids of events that tests send. */
export const newId = createIdSource(Date.now);

export const adminToken = "admin-token-of-the-tests-0123456789";
export const bridgeKey = "whsec_YnJpZGdlIGtleSBvZiB0aGUgdGVzdHMgb25seSE=";

/** An answer of the pages, read to its end. */
export interface Answer {
  status: number;
  headers: Headers;
  /** Where a redirect leads to; null without one. */
  location: string | null;
  html: string;
}

/** The pages on a store of their own, and a person who is signed in. */
export interface TestAdmin {
  app: Hono;
  services: Services;
  get: (path: string) => Promise<Answer>;
  /** Sends a form as a browser does, with the token of the session. */
  post: (path: string, fields?: Readonly<Record<string, string | readonly string[]>>) => Promise<Answer>;
  /** As given: no session, no token. */
  request: (path: string, init?: RequestInit) => Promise<Answer>;
  cookie: string;
  csrf: string;
  close: () => Promise<void>;
}

/** Starts the pages on a fresh SQLite file. The clock stands still unless `clock.now` is moved. */
export async function startAdmin(
  env: Record<string, string> = {},
): Promise<TestAdmin & { clock: { now: Date } }> {
  const folder = mkdtempSync(join(tmpdir(), "sidehook-admin-"));
  const clock = { now: new Date("2026-11-21T12:00:00Z") };
  const config = loadConfig({ SIDEHOOK_DATA_DIR: folder, SIDEHOOK_LOG: "error", ...env });
  const now = () => clock.now;
  const services: Services = {
    store: await openStore({ url: config.databaseUrl, now: () => clock.now.getTime() }),
    config,
    keys: { adminToken, bridgeKey },
    log: createLog(config.logLevel),
    metrics: createMetrics(),
    now,
    newId,
    publicUrl: config.publicUrl ?? "http://sidehook.test",
    isWorkerRunning: () => true,
  };
  const app = new Hono().route("/admin", createAdmin(services));
  const session = await startSession(services);
  const close = async () => {
    await services.store.close();
    rmSync(folder, { recursive: true });
  };
  return { app, services, clock, ...session, ...createClient(app, session), close };
}

async function startSession({ store, now }: Services): Promise<{ cookie: string; csrf: string }> {
  const { session, value } = await store.createSession("test", now());
  return { cookie: `sidehook_session=${value}`, csrf: session.csrfToken };
}

function createClient(app: Hono, { cookie, csrf }: { cookie: string; csrf: string }) {
  const request: TestAdmin["request"] = async (path, init) => read(await app.request(path, init));
  const get: TestAdmin["get"] = (path) => request(path, { headers: { cookie } });
  const post: TestAdmin["post"] = (path, fields = {}) =>
    request(path, { method: "POST", headers: { cookie }, body: encode({ csrf, ...fields }) });
  return { request, get, post };
}

async function read(response: Response): Promise<Answer> {
  const { status, headers } = response;
  return { status, headers, location: headers.get("location"), html: await response.text() };
}

export function encode(fields: Readonly<Record<string, string | readonly string[]>>): URLSearchParams {
  const pairs = Object.entries(fields).flatMap(([name, value]) => [value].flat().map((each) => [name, each]));
  return new URLSearchParams(pairs as [string, string][]);
}

/** A webhook of the kind the form makes; what the test is about comes in as changes. */
export function webhookInput(changes: Partial<WebhookInput> = {}): WebhookInput {
  return {
    name: "CRM",
    url: "https://crm.example/hooks",
    events: ["payment_received"],
    ...webhookDefaults,
    source: "manual",
    externalId: null,
    ...changes,
  };
}
