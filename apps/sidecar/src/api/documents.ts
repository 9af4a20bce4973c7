import { Hono, type MiddlewareHandler } from "hono";
import { buildAsyncApi } from "@sidehook/events";
import { basePath } from "../admin/view.ts";
import type { Services } from "../services.ts";
import { version } from "../version.ts";
import { requireScope, type ApiEnv } from "./auth.ts";
import { buildOpenApi, type OpenApiDocument } from "./openapi.ts";

/** Made when they are first asked for, which takes some milliseconds, and kept: nothing in them changes any more. */
export function createDocuments({ publicUrl }: Pick<Services, "publicUrl">) {
  let document: OpenApiDocument | undefined;
  let openApi: string | undefined;
  let asyncApi: string | undefined;
  const readDocument = () => (document ??= buildOpenApi(publicUrl));
  return {
    readDocument,
    readOpenApi: () => (openApi ??= JSON.stringify(readDocument())),
    readAsyncApi: () => (asyncApi ??= JSON.stringify(buildAsyncApi({ version }))),
  };
}

const json = { "content-type": "application/json" };

/** `/openapi.json` and `/asyncapi.json`: how the API is called and what webhooks get, for tools that read such documents. */
export function documentRoutes(services: Services): Hono<ApiEnv> {
  const mayRead = requireScope("webhooks:read");
  const { readOpenApi, readAsyncApi } = createDocuments(services);
  const routes = new Hono<ApiEnv>();
  routes.get("/openapi.json", mayRead, (context) => context.body(readOpenApi(), 200, json));
  routes.get("/asyncapi.json", mayRead, (context) => context.body(readAsyncApi(), 200, json));
  routes.get("/docs", mayRead, (context) => context.redirect(docsPage(services), 303));
  return routes;
}

/** A browser brings no token: its reader is shown the page among those of the admin, after signing in. */
export function sendReaderToDocs(services: Services): MiddlewareHandler {
  return async function sendReaderToDocs(context, next) {
    if (!context.req.header("accept")?.includes("text/html")) return next();
    return context.redirect(docsPage(services), 303);
  };
}

function docsPage({ publicUrl }: Pick<Services, "publicUrl">): string {
  return `${basePath(publicUrl)}/docs`;
}
