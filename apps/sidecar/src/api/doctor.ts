import { Hono } from "hono";
import { chooseSpeech } from "../admin/language.ts";
import { examine, gatherFacts, worstOf, type Finding } from "../doctor.ts";
import type { Services } from "../services.ts";
import { requireScope, type ApiEnv } from "./auth.ts";

/** `/v1/doctor`: whether all is well, and where it is not, what to do. */
export function doctorRoutes(services: Services): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.get("/", requireScope("webhooks:read"), async (context) => {
    const findings = examine(await gatherFacts(services));
    return context.json({ state: worstOf(findings), checks: findings.map(findingJson) });
  });
  return routes;
}

/** In English, as all of the API. */
export function findingJson({ id, state, key, values }: Finding) {
  return { id, state, text: chooseSpeech("en").t(key, values) };
}
