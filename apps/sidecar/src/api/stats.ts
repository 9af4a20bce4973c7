import { Hono } from "hono";
import { z } from "zod";
import { parseDuration } from "@sidehook/delivery";
import type { Services } from "../services.ts";
import { requireScope, type ApiEnv } from "./auth.ts";
import { ProblemError } from "./problem.ts";
import { parseQuery, timeQuery } from "./query.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const maxBuckets = 200;

export const query = z.object({
  since: timeQuery,
  bucket: z.string().default("1h").transform(parseBucket),
  webhookId: z.string().optional(),
});

/** `/v1/stats`: what was delivered and what failed over time, and how long the attempts took. */
export function statsRoutes({ store, now }: Services): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.get("/", requireScope("deliveries:read"), async (context) => {
    const { since, bucket: bucketMs, webhookId } = parseQuery(context, query);
    const until = now();
    const request = { since: since ?? new Date(until.getTime() - dayMs), until, bucketMs, webhookId };
    if (until.getTime() - request.since.getTime() > maxBuckets * bucketMs) {
      throw new ProblemError(400, "The query is not valid.", {
        problems: [{ path: "since", message: `must lie at most ${maxBuckets} buckets back` }],
      });
    }
    if (webhookId !== undefined) await store.getWebhook(webhookId);
    return context.json({ data: await store.readStats(request) });
  });
  return routes;
}

function parseBucket(text: string, context: z.RefinementCtx): number {
  try {
    const bucketMs = parseDuration(text);
    if (bucketMs >= hourMs && bucketMs % hourMs === 0) return bucketMs;
  } catch {
    // said below
  }
  context.addIssue({ code: "custom", message: "must be whole hours or days, such as 1h or 1d" });
  return z.NEVER;
}
