import { Hono, type MiddlewareHandler } from "hono";
import { z } from "zod";
import type { Person } from "@sidehook/store";
import type { Services } from "../services.ts";
import type { ApiEnv } from "./auth.ts";
import { readJson } from "./body.ts";
import { ProblemError } from "./problem.ts";
import { parseInput } from "./query.ts";

export const request = z
  .strictObject({
    email: z
      .string()
      .trim()
      .toLowerCase()
      .max(254)
      .regex(/^[^\s@]+@[^\s@]+$/, "This is no e-mail address.")
      .nullable()
      .default(null),
    userId: z.number().int().positive().nullable().default(null),
    cursor: z.string().max(100).nullable().default(null),
  })
  .refine(({ email, userId }) => email !== null || userId !== null, {
    path: ["email"],
    message: "Say who is meant: an e-mail address, the id of a user of WordPress, or both.",
  });

/** `/v1/privacy`: what is kept about a person, for the bridge and for holders of the scope `admin`. */
export function privacyRoutes({ store, now, log }: Services): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.use(requireBridgeOrAdmin);
  routes.post("/export", async (context) => {
    const { cursor, ...person } = parseRequest(await readJson(context));
    return context.json(await store.exportPerson(person, cursor));
  });
  routes.post("/erase", async (context) => {
    const { cursor, ...person } = parseRequest(await readJson(context));
    const erasure = await store.erasePerson(person, cursor, now());
    // Not who: the log would be the last place that names them.
    log.info(
      { caller: context.get("caller").name, ...erasure.erased, isDone: erasure.nextCursor === null },
      "person.erased",
    );
    return context.json(erasure);
  });
  return routes;
}

function parseRequest(body: unknown): Person & { cursor: string | null } {
  return parseInput(body, request, "The request is not valid.");
}

const requireBridgeOrAdmin: MiddlewareHandler<ApiEnv> = async (context, next) => {
  const { scopes } = context.get("caller");
  if (scopes !== null && !scopes.includes("admin"))
    throw new ProblemError(403, "This needs the bridge's signature, or a token with the scope admin.");
  await next();
};
