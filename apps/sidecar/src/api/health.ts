import { Hono } from "hono";
import type { Services } from "../services.ts";

/** `/healthz` and `/readyz`, open to everybody: they tell nothing but the state. */
export function healthRoutes({ store, isWorkerRunning, log }: Services): Hono {
  const routes = new Hono();
  routes.get("/healthz", (context) => context.json({ status: "ok" }));
  routes.get("/readyz", async (context) => {
    if (!isWorkerRunning())
      return context.json({ status: "not ready", reason: "the worker does not run" }, 503);
    try {
      await store.checkWritable();
    } catch (error) {
      log.error({ err: error }, "store.not_writable");
      return context.json({ status: "not ready", reason: "the database cannot be written" }, 503);
    }
    return context.json({ status: "ready" });
  });
  return routes;
}
