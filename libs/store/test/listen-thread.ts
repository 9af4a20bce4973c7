// A thread that opens a store of its own and tells its parent when something may have become due.
import { parentPort, workerData } from "node:worker_threads";
import { openStore } from "../src/index.ts";

const now = () => new Date().getTime();
const store = await openStore({ url: workerData as string, now });
store.onDeliveriesDue(() => parentPort?.postMessage("due"));
parentPort?.postMessage("listening");
parentPort?.once("message", () => void store.close());
