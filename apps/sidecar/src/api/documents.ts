import { Hono } from "hono";
import { buildAsyncApi, buildOpenApiWebhooks } from "@sidehook/events";
import { version } from "../version.ts";
import { requireScope, type ApiEnv } from "./auth.ts";

/** `/openapi.json` and `/asyncapi.json`: what receivers get, for tools that read such documents. */
export function documentRoutes(): Hono<ApiEnv> {
  const mayRead = requireScope("webhooks:read");
  const routes = new Hono<ApiEnv>();
  // Made once: the catalog does not change while the service runs.
  const openApi = JSON.stringify(buildOpenApi());
  const asyncApi = JSON.stringify(buildAsyncApi({ version }));
  routes.get("/openapi.json", mayRead, (context) => context.body(openApi, 200, json));
  routes.get("/asyncapi.json", mayRead, (context) => context.body(asyncApi, 200, json));
  return routes;
}

const json = { "content-type": "application/json" };

function buildOpenApi() {
  return {
    openapi: "3.1.0",
    info: {
      title: "Sidehook",
      version,
      description: "What Sidehook sends to the URL of each webhook that wants it.",
    },
    ...buildOpenApiWebhooks(),
  };
}
