import { randomBytes } from "node:crypto";
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { findFreePort } from "../../wordpress-process.ts";
import { endProcess, pidOf, spawnGuarded, untilReady } from "../processes.ts";
import type { Engine, EngineSettings, RunningEngine } from "./engine.ts";

const main = join(import.meta.dirname, "../../../apps/sidecar/dist/main.js");
/** Enough for the calls that prepare an engine; they are no part of what is measured. */
const callsAtOnce = 8;

export const sidecarSqlite: Engine = {
  name: "sidecar-sqlite",
  about: "one process, SQLite, synced before it acknowledges; signs, logs each attempt",
  start: (settings) => startSidecar(settings, { count: 1, database: null }),
};

/** Several processes on one Postgres share the attempts in flight that the others have in one. */
export function createSidecarOnPostgres(count: number): Engine {
  return {
    name: `sidecar-postgres-${count}`,
    about: `${count} process${count > 1 ? "es" : ""}, Postgres, durable commits; signs, logs each attempt`,
    async start(settings) {
      const database = await settings.servers.openPostgres();
      return startSidecar(settings, { count, database });
    },
  };
}

interface Setup {
  count: number;
  /** Null: SQLite in the engine's folder. */
  database: { url: string; listPids: () => number[] } | null;
}

async function startSidecar(settings: EngineSettings, { count, database }: Setup): Promise<RunningEngine> {
  const { receiverUrl, concurrency, webhookConcurrency, folder } = settings;
  const token = `sidehook_${randomBytes(24).toString("base64url")}`;
  const env = {
    ...settings.env,
    SIDEHOOK_ADMIN_TOKEN: token,
    SIDEHOOK_BRIDGE_KEY: `whsec_${randomBytes(32).toString("base64")}`,
    SIDEHOOK_ALLOW: new URL(receiverUrl).host,
    SIDEHOOK_CONCURRENCY: String(Math.ceil(concurrency / count)),
    ...(webhookConcurrency === null ? {} : { SIDEHOOK_WEBHOOK_CONCURRENCY: String(webhookConcurrency) }),
    ...(database === null ? {} : { SIDEHOOK_DATABASE_URL: database.url }),
  };
  const processes: { port: number; child: ChildProcess }[] = [];
  for (let at = 0; at < count; at++) processes.push(await startProcess(join(folder, `${at}`), env));
  const ports = processes.map(({ port }) => port);
  const call = createCall(`http://127.0.0.1:${ports[0]}`, token);
  const webhookIds = await createWebhooks(settings, call);
  const forEach = (action: string, body?: object) =>
    inParallel(webhookIds, (id) => call("POST", `/v1/webhooks/${id}/${action}`, body));
  return {
    door: { ports, headers: { authorization: `Bearer ${token}` } },
    pause: async () => void (await forEach("pause")),
    resume: async () => void (await forEach("resume", { backlog: "send" })),
    pids: processes.map(({ child }) => pidOf(child)),
    listServerPids: database?.listPids ?? (() => []),
    async stop() {
      await Promise.all(processes.map(({ child }) => endProcess(child, "SIGKILL")));
    },
  };
}

/** As `npm start` does it, its log lines in a file. */
async function startProcess(dataDir: string, env: Readonly<Record<string, string>>) {
  const port = await findFreePort();
  const log = `${dataDir}.log`;
  const child = spawnGuarded([process.execPath, "--enable-source-maps", "--max-semi-space-size=8", main], {
    log,
    env: { MALLOC_ARENA_MAX: "2", ...env, SIDEHOOK_PORT: String(port), SIDEHOOK_DATA_DIR: dataDir },
  });
  await untilReady(child, log, async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
    return answer?.status === 200;
  });
  return { port, child };
}

type Call = (method: string, path: string, body?: object) => Promise<{ id?: string }>;

function createCall(url: string, token: string): Call {
  return async (method, path, body) => {
    const answer = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === "" ? {} : JSON.parse(text)) as { id?: string };
  };
}

/** A webhook for each path that the events of a type go to. */
async function createWebhooks({ receiverUrl, routes }: EngineSettings, call: Call): Promise<string[]> {
  const wanted = Object.entries(routes).flatMap(([type, paths]) => paths.map((path) => ({ type, path })));
  return inParallel(wanted, async ({ type, path }) => {
    const { id } = await call("POST", "/v1/webhooks", {
      name: path,
      url: receiverUrl + path,
      events: [type],
    });
    if (id === undefined) throw new Error("a new webhook has no id");
    return id;
  });
}

async function inParallel<In, Out>(items: readonly In[], act: (item: In) => Promise<Out>): Promise<Out[]> {
  const outputs: Out[] = [];
  let next = 0;
  const run = async () => {
    for (let at = next++; at < items.length; at = next++) outputs[at] = await act(items[at] as In);
  };
  await Promise.all(Array.from({ length: callsAtOnce }, run));
  return outputs;
}
