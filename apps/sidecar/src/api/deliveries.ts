import { Hono } from "hono";
import { z } from "zod";
import { deliveryStates, failureClasses } from "@sidehook/delivery";
import type { Services } from "../services.ts";
import { requireScope, type ApiEnv } from "./auth.ts";
import { deliveryDetailJson, deliveryJson } from "./json.ts";
import { pageQuery, parseQuery, timeQuery } from "./query.ts";

export const listQuery = z.object({
  ...pageQuery,
  webhookId: z.string().optional(),
  eventType: z.string().optional(),
  state: z.enum(deliveryStates).optional(),
  failureClass: z.enum(failureClasses).optional(),
  siteId: z.coerce.number().int().optional(),
  since: timeQuery,
  until: timeQuery,
  q: z.string().optional(),
});

/** `/v1/deliveries` */
export function deliveryRoutes({ store, now }: Services): Hono<ApiEnv> {
  const mayRead = requireScope("deliveries:read");
  const mayWrite = requireScope("deliveries:write");
  const routes = new Hono<ApiEnv>();
  routes.get("/", mayRead, async (context) => {
    const { limit, cursor, ...filter } = parseQuery(context, listQuery);
    const page = await store.listDeliveries(filter, { limit, cursor });
    return context.json({ data: page.data.map(deliveryJson), nextCursor: page.nextCursor });
  });
  routes.get("/:id", mayRead, async (context) =>
    context.json(deliveryDetailJson(await store.getDelivery(context.req.param("id")))),
  );
  routes.post("/:id/replay", mayWrite, async (context) =>
    context.json(deliveryJson(await store.replayDelivery(context.req.param("id"), now())), 202),
  );
  routes.post("/:id/cancel", mayWrite, async (context) =>
    context.json(deliveryJson(await store.cancelDelivery(context.req.param("id"), now()))),
  );
  return routes;
}
