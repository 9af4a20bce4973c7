import { parentPort, workerData } from "node:worker_threads";
import { runWorker, type WorkerSettings } from "./run.ts";

// A thread has no main.ts, so this is the other place where the clock and chance come from.
const worker = await runWorker(workerData as WorkerSettings, { now: () => new Date(), random: Math.random });
parentPort?.once("message", () => void worker.stop());
parentPort?.postMessage("running");
