import { createHash } from "node:crypto";
import { Hono } from "hono";
import { z } from "zod";
import { createAddressGuard, findUrlRefusal, type Webhook } from "@sidehook/delivery";
import type { Problem } from "@sidehook/events";
import type { MirrorResult, MirroredWebhook } from "@sidehook/store";
import type { Services } from "../services.ts";
import { parseMirroredWebhook } from "../webhook-input.ts";
import { isOwnBin } from "../worker/sender.ts";
import { requireScope, type ApiEnv } from "./auth.ts";
import { readJson } from "./body.ts";
import { ProblemError } from "./problem.ts";
import { parseInput, parseQuery, timeQuery } from "./query.ts";

const maxWebhooks = 200;

export const mirrorBody = z.strictObject({
  webhooks: z.array(z.unknown()).min(1).max(maxWebhooks),
  dryRun: z.boolean().default(false),
});
export const period = z.object({ since: timeQuery, until: timeQuery });

type Item = { webhook: MirroredWebhook } | Rejected;

interface Rejected {
  externalId: string | null;
  problems: readonly Problem[];
}

/**
 * `/v1/mirror/{source}`: the webhooks of another system as that system says them, so that it can leave the sending to
 * us. Whatever is not confirmed here it has to go on sending itself.
 */
export function mirrorRoutes(services: Services): Hono<ApiEnv> {
  const { store, now } = services;
  const mayRead = requireScope("webhooks:read");
  const routes = new Hono<ApiEnv>();
  routes.put("/:source", requireScope("webhooks:write"), async (context) => {
    const { webhooks, dryRun } = parseInput(await readJson(context), mirrorBody, "The request is not valid.");
    const items = await Promise.all(webhooks.map((value) => parseItem(value, services)));
    refuseTwins(items);
    const request = { source: context.req.param("source"), webhooks: items.flatMap(webhookOf), now: now() };
    if (request.webhooks.length === 0) return context.json({ results: inOrder(items, []) });
    const results = await (dryRun ? store.planMirror(request) : store.mirrorWebhooks(request));
    return context.json({ results: inOrder(items, results) });
  });
  routes.get("/:source", mayRead, async (context) => {
    const webhooks = await store.listMirrored(context.req.param("source"));
    return context.json({ data: webhooks.map(mirroredJson), nextCursor: null });
  });
  routes.get("/:source/delivered", mayRead, async (context) => {
    const { since, until } = parseQuery(context, period);
    const whole = { since: since ?? new Date(0), until: until ?? now() };
    const data = await store.countDelivered(context.req.param("source"), whole);
    return context.json({ data, nextCursor: null });
  });
  return routes;
}

/** What may not be reached is not taken: whoever has sent to it so far can, and must go on. */
async function parseItem(value: unknown, services: Pick<Services, "config" | "publicUrl">): Promise<Item> {
  try {
    const webhook = parseMirroredWebhook(value);
    const refusal = await findRefusal(webhook.url, services);
    if (refusal === undefined) return { webhook };
    return { externalId: webhook.externalId, problems: [{ path: "url", message: refusal }] };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return { externalId: externalIdOf(value), problems: error.problems };
  }
}

async function findRefusal(url: string, { config, publicUrl }: Pick<Services, "config" | "publicUrl">) {
  if (isOwnBin(url, publicUrl)) return undefined;
  return findUrlRefusal(url, createAddressGuard({ allow: config.allow }));
}

/** The digest of URL and events lets the other system check what we have: the URL itself may hold credentials. */
function mirroredJson({ id, externalId, url, events }: Webhook) {
  const digest = createHash("sha256")
    .update(`${url}\n${events.join(",")}`)
    .digest("hex");
  return { id, externalId, digest };
}

function externalIdOf(value: unknown): string | null {
  const id = typeof value === "object" && value !== null && "externalId" in value ? value.externalId : null;
  return typeof id === "string" ? id.slice(0, 200) : null;
}

function refuseTwins(items: readonly Item[]): void {
  const ids = items.flatMap(webhookOf).map(({ externalId }) => externalId);
  if (new Set(ids).size === ids.length) return;
  throw new ProblemError(400, "The request is not valid.", {
    problems: [{ path: "webhooks", message: "must name each externalId once" }],
  });
}

function webhookOf(item: Item): MirroredWebhook[] {
  return "webhook" in item ? [item.webhook] : [];
}

function inOrder(items: readonly Item[], results: readonly MirrorResult[]) {
  const left = results[Symbol.iterator]();
  return items.map((item) =>
    "webhook" in item ? left.next().value : { ...item, id: null, status: "rejected" },
  );
}
