import { Hono } from "hono";
import { z } from "zod";
import { replayFilter } from "../replay-input.ts";
import type { Services } from "../services.ts";
import { requireScope, type ApiEnv } from "./auth.ts";
import { readJson } from "./body.ts";
import { pageQuery, parseInput, parseQuery } from "./query.ts";

export const input = z.strictObject({
  filter: replayFilter,
  dryRun: z.boolean("must be true or false").default(false),
});

/** `/v1/replays`: many deliveries at once, counted before and watched while they go. */
export function replayRoutes({ store, now, log }: Services): Hono<ApiEnv> {
  const mayRead = requireScope("deliveries:read");
  const mayWrite = requireScope("deliveries:write");
  const routes = new Hono<ApiEnv>();
  routes.post("/", mayWrite, async (context) => {
    const { filter, dryRun } = parseInput(await readJson(context), input, "The replay is not valid.");
    if (dryRun) return context.json(await store.planReplay(filter));
    const replay = await store.createReplay(filter, now());
    log.info({ replayId: replay.id, planned: replay.planned }, "replay.created");
    return context.json(replay, 202);
  });
  routes.get("/", mayRead, async (context) =>
    context.json(await store.listReplays(parseQuery(context, z.object(pageQuery)))),
  );
  routes.get("/:id", mayRead, async (context) =>
    context.json(await store.getReplay(context.req.param("id"))),
  );
  routes.post("/:id/cancel", mayWrite, async (context) =>
    context.json(await store.cancelReplay(context.req.param("id"), now())),
  );
  return routes;
}
