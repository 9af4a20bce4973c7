import { Hono } from "hono";
import { z } from "zod";
import type { Services } from "../services.ts";
import { requireScope, scopes, type ApiEnv } from "./auth.ts";
import { readJson } from "./body.ts";
import { parseInput } from "./query.ts";

export const newToken = z.strictObject({
  name: z.string().trim().min(1).max(200),
  scopes: z.array(z.enum(scopes)).min(1),
  expiresAt: z
    .string()
    .datetime({ offset: true })
    .transform((text) => new Date(text))
    .nullable()
    .default(null),
});

/** `/v1/tokens`: for holders of the scope `admin` only, the bridge not among them. */
export function tokenRoutes({ store, now }: Services): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.use(requireScope("admin"));
  routes.get("/", async (context) => context.json({ data: await store.listTokens(), nextCursor: null }));
  routes.post("/", async (context) => {
    const input = parseInput(await readJson(context), newToken, "The token is not valid.");
    const { token, value } = await store.createToken(input, now());
    return context.json({ ...token, token: value }, 201);
  });
  routes.delete("/:id", async (context) => {
    await store.deleteToken(context.req.param("id"));
    return context.body(null, 204);
  });
  return routes;
}
