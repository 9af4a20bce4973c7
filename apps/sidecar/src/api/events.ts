import { Hono } from "hono";
import { z } from "zod";
import type { Services } from "../services.ts";
import { acceptEvents } from "./accept.ts";
import { requireScope, type ApiEnv } from "./auth.ts";
import { readJson } from "./body.ts";
import { eventJson, eventSummaryJson, outcomeJson } from "./json.ts";
import { parseQuery, pageQuery, timeQuery } from "./query.ts";

export const listQuery = z.object({
  ...pageQuery,
  type: z.string().optional(),
  siteId: z.coerce.number().int().optional(),
  since: timeQuery,
  until: timeQuery,
  q: z.string().optional(),
});

/** `/v1/events`: ingest, and looking at what came in. */
export function eventRoutes(services: Services): Hono<ApiEnv> {
  const { store } = services;
  const routes = new Hono<ApiEnv>();
  routes.post("/", requireScope("events:write"), async (context) => {
    const body = await readJson(context);
    return context.json(await acceptEvents(body, context.get("caller"), services), 202);
  });
  routes.get("/", requireScope("deliveries:read"), async (context) => {
    const { limit, cursor, ...filter } = parseQuery(context, listQuery);
    const page = await store.listEvents(filter, { limit, cursor });
    return context.json({ data: page.data.map(eventSummaryJson), nextCursor: page.nextCursor });
  });
  routes.get("/:id", requireScope("deliveries:read"), async (context) => {
    const event = await store.getEvent(context.req.param("id"));
    const webhooks = await store.listEventOutcomes(event.id);
    return context.json({ ...eventJson(event), webhooks: webhooks.map(outcomeJson) });
  });
  return routes;
}
