import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setFlagsFromString } from "node:v8";
import { createIdSource } from "@sidehook/events";
import { MovedError, NewerSchemaError, openStore, startCheckpoints } from "@sidehook/store";
import { createSignInLink } from "./admin/sign-in-link.ts";
import { createApp } from "./app.ts";
import { ConfigError, loadConfig, type Config } from "./config.ts";
import { loadKeys } from "./keys.ts";
import { createListener } from "./listener.ts";
import { createLog, type Logger } from "./log.ts";
import { createMetrics, measureLag } from "./metrics.ts";
import { observeStore } from "./observed-store.ts";
import type { Services } from "./services.ts";
import { welcomeText } from "./welcome.ts";
import { runWorker } from "./worker/run.ts";
import { startWorkerThread } from "./worker/thread.ts";

const now = () => new Date();

// Names are resolved by threads of libuv's pool, four by default: four slow name servers would stop every delivery. The
// pool takes the number when it is used for the first time, which is after this line.
process.env["UV_THREADPOOL_SIZE"] ??= "64";

// Under load V8 would let the heap of each thread grow to several times what is in use. Measured: with half of this it takes
// 20 MB less, and a tenth more of the processor. What can only be said before the process begins stands in `npm start`: a
// small nursery, and two arenas for C's memory, as one for each thread of the pool takes 25 MB more.
setFlagsFromString("--heap-growing-percent=100");

await main();

async function main(): Promise<void> {
  try {
    const config = loadConfig(process.env);
    const log = createLog(config.logLevel);
    const stop =
      config.role === "worker" ? await startWorkerOnly(config, log) : await startServer(config, log);
    stopOnSignal(stop, log);
  } catch (error) {
    console.error(messageOf(error));
    process.exit(1);
  }
}

async function startWorkerOnly(config: Config, log: Logger): Promise<() => Promise<void>> {
  const publicUrl = config.publicUrl ?? urlOf(config.host, config.port);
  const { memory } = createMetrics();
  const worker = await runWorker({ config, publicUrl, memory }, { now, random: Math.random });
  const checkpoints = startCheckpointsOf(config, log);
  return async () => {
    await checkpoints.stop();
    await worker.stop();
  };
}

async function startServer(config: Config, log: Logger): Promise<() => Promise<void>> {
  const keys = loadKeys(config);
  const newId = createIdSource(Date.now);
  const metrics = createMetrics();
  measureLag(metrics, "api");
  const opened = await openStore({ url: config.databaseUrl, now: Date.now, newId });
  const store = observeStore(opened, metrics, "api");
  const checkpoints = startCheckpointsOf(config, log);
  // The port is known only once it is taken, and links and the worker need it.
  const server = createServer();
  server.listen(config.port, config.host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const publicUrl = config.publicUrl ?? urlOf(config.host, port);
  const worker =
    config.role === "all" ? startWorkerThread({ config, publicUrl, memory: metrics.memory }, log) : null;
  const isWorkerRunning = worker?.isRunning ?? (() => true);
  const services: Services = { store, config, keys, log, metrics, now, newId, publicUrl, isWorkerRunning };
  server.on("request", createListener(createApp(services), services));
  console.log(welcomeText(services, createSignInLink(services)));
  return async () => {
    await close(server);
    await worker?.stop();
    await checkpoints.stop();
    await store.close();
  };
}

function startCheckpointsOf({ databaseUrl }: Config, log: Logger) {
  return startCheckpoints(databaseUrl, (error) => log.error({ err: error }, "checkpoints.died"));
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Requests under way are answered; connections that are only kept alive are closed. */
async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), 5000);
  await closed;
  clearTimeout(timer);
}

function stopOnSignal(stop: () => Promise<void>, log: Logger): void {
  let isStopping = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (isStopping) process.exit(1); // asked twice: whatever is in flight is rescued at the next start
      isStopping = true;
      stop().then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ err: error }, "stop.failed");
          process.exit(1);
        },
      );
    });
  }
}

function messageOf(error: unknown): string {
  const isForPeople = [ConfigError, MovedError, NewerSchemaError].some((kind) => error instanceof kind);
  if (isForPeople && error instanceof Error) return error.message;
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && error.code === "EADDRINUSE") {
    return `${error.message}\nAnother program listens there: set SIDEHOOK_PORT to a free port.`;
  }
  return error.stack ?? error.message;
}
