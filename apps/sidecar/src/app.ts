import { Hono } from "hono";
import { createAdmin } from "./admin/index.ts";
import { createApi } from "./api/index.ts";
import type { Services } from "./services.ts";

/** The whole HTTP side: the API with health and bins, and the admin pages under `/admin`. */
export function createApp(services: Services): Hono {
  const app = new Hono();
  app.get("/", (context) => context.redirect("/admin"));
  app.route("/admin", createAdmin(services));
  app.route("/", createApi(services));
  return app;
}
