import { Hono } from "hono";
import { eventTypes, findEventType, payloadSchema, type EventType } from "@sidehook/events";
import { wants, type Webhook } from "@sidehook/delivery";
import type { Services } from "../services.ts";
import { listAllWebhooks } from "../webhooks.ts";
import { requireScope, type ApiEnv } from "./auth.ts";
import { ProblemError } from "./problem.ts";

/** `/v1/event-types`: the catalog, and how many webhooks want each. */
export function eventTypeRoutes({ store }: Services): Hono<ApiEnv> {
  const mayRead = requireScope("webhooks:read");
  const routes = new Hono<ApiEnv>();
  routes.get("/", mayRead, async (context) => {
    const webhooks = await listAllWebhooks(store);
    const data = eventTypes.map((eventType) => ({
      ...summaryOf(eventType),
      webhooks: countWanting(webhooks, eventType),
    }));
    return context.json({ data, nextCursor: null });
  });
  routes.get("/:type", mayRead, async (context) => {
    const eventType = findEventType(context.req.param("type"));
    if (!eventType)
      throw new ProblemError(404, `The catalog has no event type ${context.req.param("type")}.`);
    const webhooks = countWanting(await listAllWebhooks(store), eventType);
    return context.json({
      ...summaryOf(eventType),
      schema: payloadSchema(eventType),
      sample: eventType.sample,
      webhooks,
    });
  });
  return routes;
}

function summaryOf({ type, name, group, source, status, description }: EventType) {
  return { type, name, group, source, status, description };
}

function countWanting(
  webhooks: readonly Pick<Webhook, "events" | "isActive">[],
  { type }: EventType,
): number {
  return webhooks.filter(({ events, isActive }) =>
    wants({ events, isActive, siteIds: [] }, { type, context: {} }),
  ).length;
}
