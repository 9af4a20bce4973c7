import { Hono } from "hono";
import type { Services } from "../services.ts";
import { version } from "../version.ts";
import { requireScope, type ApiEnv } from "./auth.ts";

/** `/v1/bridge`: what the plugin has to know to send what somebody wants, and nothing else. */
export function bridgeRoutes({ store }: Services): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.get("/", requireScope("webhooks:read"), async (context) =>
    context.json({ wanted: await store.listWanted(), archive: false, version }),
  );
  return routes;
}
