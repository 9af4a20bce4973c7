import { Hono } from "hono";
import { z } from "zod";
import type { Services } from "../services.ts";
import { version } from "../version.ts";
import { requireScope, type ApiEnv } from "./auth.ts";
import { readJson } from "./body.ts";
import { parseInput } from "./query.ts";

export const bridgeChanges = z.strictObject({ archive: z.boolean("must be true or false") });

/** `/v1/bridge`: what the plugin has to know to send what somebody wants, and nothing else. */
export function bridgeRoutes({ store, log }: Services): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.get("/", requireScope("webhooks:read"), async (context) => context.json(await describe()));
  routes.patch("/", requireScope("admin"), async (context) => {
    const { archive } = parseInput(await readJson(context), bridgeChanges, "The setting is not valid.");
    await store.setArchive(archive);
    log.info({ archive, by: context.get("caller").name }, "archive.switched");
    return context.json(await describe());
  });
  return routes;

  async function describe() {
    return { wanted: await store.listWanted(), archive: await store.isArchiveOn(), version };
  }
}
