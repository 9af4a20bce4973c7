import { Hono } from "hono";
import { z } from "zod";
import { parseDuration } from "@sidehook/delivery";
import type { Services } from "../services.ts";
import { defaultTestType, sendTestEvent } from "../test-event.ts";
import { parseWebhookChanges, parseWebhookInput } from "../webhook-input.ts";
import { requireScope, type ApiEnv } from "./auth.ts";
import { readJson, readOptionalJson } from "./body.ts";
import { deliveryDetailJson, webhookJson } from "./json.ts";
import { pageQuery, parseInput, parseQuery } from "./query.ts";

const listQuery = z.object(pageQuery);
export const testBody = z.strictObject({ event: z.string().optional() });
export const resumeBody = z.strictObject({ backlog: z.enum(["send", "discard"]).default("send") });
const maxOverlapMs = 7 * 24 * 3_600_000;
const overlap = z.string().transform((text, context) => {
  const ms = durationOf(text);
  if (ms !== null && ms <= maxOverlapMs) return ms;
  context.addIssue({ code: "custom", message: "must be a duration of at most 7d, such as 24h" });
  return z.NEVER;
});
export const rotateBody = z.strictObject({ overlap: overlap.default(24 * 3_600_000) });

/** `/v1/webhooks` */
export function webhookRoutes(services: Services): Hono<ApiEnv> {
  const { store, now } = services;
  const mayRead = requireScope("webhooks:read");
  const mayWrite = requireScope("webhooks:write");
  const routes = new Hono<ApiEnv>();

  routes.get("/", mayRead, async (context) => {
    const page = await store.listWebhooks(parseQuery(context, listQuery));
    const health = await store.getWebhookHealth(
      page.data.map(({ id }) => id),
      now(),
    );
    const data = page.data.map((webhook) => webhookJson(webhook, health.get(webhook.id)));
    return context.json({ data, nextCursor: page.nextCursor });
  });
  routes.post("/", mayWrite, async (context) => {
    const { webhook, secret } = await store.createWebhook(parseWebhookInput(await readJson(context)), now());
    return context.json({ ...(await withHealth(services, webhook.id)), secret }, 201, {
      location: `/v1/webhooks/${webhook.id}`,
    });
  });
  routes.get("/:id", mayRead, async (context) =>
    context.json(await withHealth(services, context.req.param("id"))),
  );
  routes.patch("/:id", mayWrite, async (context) => {
    const webhook = await store.updateWebhook(
      context.req.param("id"),
      parseWebhookChanges(await readJson(context)),
      now(),
    );
    return context.json(await withHealth(services, webhook.id));
  });
  routes.delete("/:id", mayWrite, async (context) => {
    await store.deleteWebhook(context.req.param("id"), now());
    return context.body(null, 204);
  });
  addActions(routes, services);
  return routes;
}

function addActions(routes: Hono<ApiEnv>, services: Services): void {
  const { store, now } = services;
  const mayWrite = requireScope("webhooks:write");

  routes.post("/:id/test", mayWrite, async (context) => {
    const webhook = await store.getWebhook(context.req.param("id"));
    const { event } = parseInput(await readOptionalJson(context), testBody, "The test is not valid.");
    const delivery = await sendTestEvent(services, webhook, event ?? defaultTestType(webhook));
    return context.json(deliveryDetailJson(delivery));
  });
  routes.post("/:id/pause", mayWrite, async (context) => {
    const webhook = await store.pauseWebhook(context.req.param("id"), now());
    return context.json(await withHealth(services, webhook.id));
  });
  routes.post("/:id/resume", mayWrite, async (context) => {
    const { backlog } = parseInput(await readOptionalJson(context), resumeBody, "The request is not valid.");
    const webhook = await store.resumeWebhook(context.req.param("id"), backlog, now());
    return context.json(await withHealth(services, webhook.id));
  });
  routes.get("/:id/secret", mayWrite, async (context) => {
    const [secret] = await store.listSecrets((await store.getWebhook(context.req.param("id"))).id, now());
    return context.json({ secret });
  });
  routes.post("/:id/secret/rotate", mayWrite, async (context) => {
    const { overlap } = parseInput(await readOptionalJson(context), rotateBody, "The request is not valid.");
    return context.json({ secret: await store.rotateSecret(context.req.param("id"), overlap, now()) });
  });
}

async function withHealth({ store, now }: Services, id: string) {
  const [webhook, health] = await Promise.all([store.getWebhook(id), store.getWebhookHealth([id], now())]);
  return webhookJson(webhook, health.get(id));
}

function durationOf(text: string): number | null {
  try {
    return parseDuration(text);
  } catch {
    return null; // not a duration: the caller reports it as a problem of the field
  }
}
