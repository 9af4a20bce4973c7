import { Hono, type Context } from "hono";
import { z } from "zod";
import type { Services } from "../services.ts";
import { requireScope, type ApiEnv } from "./auth.ts";
import { readJson } from "./body.ts";
import { binJson } from "./json.ts";
import { ProblemError } from "./problem.ts";
import { pageQuery, parseInput, parseQuery } from "./query.ts";

const listQuery = z.object(pageQuery);
export const answer = z.strictObject({
  status: z.number().int().min(200).max(599).default(200),
  delayMs: z.number().int().min(0).max(60_000).default(0),
  body: z.string().max(16_384).default(""),
});
export const newBin = z.strictObject({ name: z.string().trim().min(1).max(200) });
const maxKeptBytes = 256 * 1024;

/** `/v1/bins` */
export function binRoutes({ store, now, publicUrl }: Services): Hono<ApiEnv> {
  const mayRead = requireScope("webhooks:read");
  const mayWrite = requireScope("webhooks:write");
  const routes = new Hono<ApiEnv>();
  routes.get("/", mayRead, async (context) => {
    const page = await store.listBins(parseQuery(context, listQuery));
    return context.json({
      data: page.data.map((bin) => binJson(bin, publicUrl)),
      nextCursor: page.nextCursor,
    });
  });
  routes.post("/", mayWrite, async (context) => {
    const { name } = parseInput(await readJson(context), newBin, "The bin is not valid.");
    return context.json(binJson(await store.createBin(name, now()), publicUrl), 201);
  });
  routes.get("/:id", mayRead, async (context) =>
    context.json(binJson(await store.getBin(context.req.param("id")), publicUrl)),
  );
  routes.patch("/:id", mayWrite, async (context) => {
    const changes = parseInput(await readJson(context), z.strictObject({ answer }), "The bin is not valid.");
    return context.json(binJson(await store.updateBin(context.req.param("id"), changes.answer), publicUrl));
  });
  routes.delete("/:id", mayWrite, async (context) => {
    await store.deleteBin(context.req.param("id"));
    return context.body(null, 204);
  });
  routes.get("/:id/requests", mayRead, async (context) => {
    const { id } = await store.getBin(context.req.param("id"));
    return context.json(await store.listBinRequests(id, parseQuery(context, listQuery)));
  });
  return routes;
}

/** `/bin/{id}`: takes any request, keeps it, answers as the bin was told. */
export function receiveInBin({ store, now }: Services) {
  return async function receiveInBin(context: Context): Promise<Response> {
    const bin = await store.findBin(context.req.param("id") ?? "");
    if (!bin) throw new ProblemError(404, "There is no such bin.");
    const url = new URL(context.req.url);
    const body = new Uint8Array(await context.req.arrayBuffer());
    await store.addBinRequest(bin.id, {
      method: context.req.method,
      path: url.pathname.slice(`/bin/${bin.id}`.length) + url.search,
      headers: Object.fromEntries(context.req.raw.headers),
      body: new TextDecoder().decode(body.subarray(0, maxKeptBytes)),
      receivedAt: now(),
    });
    if (bin.answer.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, bin.answer.delayMs));
    return answerOf(bin.answer);
  };
}

const statusesWithoutBody = new Set([204, 205, 304]);

/** The bin's owner chooses the body, so a browser must not take it for a page of ours. */
function answerOf({ status, body }: { status: number; body: string }): Response {
  return new Response(statusesWithoutBody.has(status) ? null : body, {
    status,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "content-security-policy": "sandbox; default-src 'none'",
      "x-content-type-options": "nosniff",
    },
  });
}
