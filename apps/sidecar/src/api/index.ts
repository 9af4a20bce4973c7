import { Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Services } from "../services.ts";
import { authenticate, openRoutes, type ApiEnv } from "./auth.ts";
import { binRoutes, receiveInBin } from "./bins.ts";
import { maxBodyBytes, tooLarge } from "./body.ts";
import { bridgeRoutes } from "./bridge.ts";
import { deliveryRoutes } from "./deliveries.ts";
import { doctorRoutes } from "./doctor.ts";
import { documentRoutes, sendReaderToDocs } from "./documents.ts";
import { eventTypeRoutes } from "./event-types.ts";
import { eventRoutes } from "./events.ts";
import { healthRoutes } from "./health.ts";
import { mirrorRoutes } from "./mirror.ts";
import { metricsRoutes } from "./metrics.ts";
import { privacyRoutes } from "./privacy.ts";
import { ProblemError, problemOf, sendProblem } from "./problem.ts";
import { replayRoutes } from "./replays.ts";
import { statsRoutes } from "./stats.ts";
import { tokenRoutes } from "./tokens.ts";
import { webhookRoutes } from "./webhooks.ts";

const maxBinBytes = 1024 * 1024;

/** Everything outside `/admin`: health and bins are open, the rest asks for credentials, known path or not. */
export function createApi(services: Services): Hono<ApiEnv> {
  const api = new Hono<ApiEnv>();
  api.onError((error, context) => sendProblem(context, problemOf(error, context.req, services)));
  api.notFound((context) => sendProblem(context, new ProblemError(404, "There is nothing at this address.")));

  api.route("/", healthRoutes(services));
  for (const path of openRoutes) {
    if (path.startsWith("/bin/")) api.all(path, limitBody(maxBinBytes), receiveInBin(services));
  }

  api.get("/docs", sendReaderToDocs(services));

  api.use(limitBody(maxBodyBytes), authenticate(services));
  api.route("/v1/events", eventRoutes(services));
  api.route("/v1/webhooks", webhookRoutes(services));
  api.route("/v1/mirror", mirrorRoutes(services));
  api.route("/v1/deliveries", deliveryRoutes(services));
  api.route("/v1/replays", replayRoutes(services));
  api.route("/v1/stats", statsRoutes(services));
  api.route("/v1/event-types", eventTypeRoutes(services));
  api.route("/v1/bins", binRoutes(services));
  api.route("/v1/tokens", tokenRoutes(services));
  api.route("/v1/privacy", privacyRoutes(services));
  api.route("/v1/bridge", bridgeRoutes(services));
  api.route("/v1/doctor", doctorRoutes(services));
  api.route("/metrics", metricsRoutes(services));
  api.route("/", documentRoutes(services));
  return api;
}

function refuse(): never {
  throw tooLarge();
}

/** A body whose length is told beforehand is not looked at here: taking it as a stream costs more than all the rest. */
function limitBody(maxSize: number): MiddlewareHandler {
  const limitStream = bodyLimit({ maxSize, onError: refuse });
  return async function limitBody(context, next) {
    const { method } = context.req;
    const length = context.req.header("content-length");
    const isTold = length !== undefined && context.req.header("transfer-encoding") === undefined;
    if (!isTold && method !== "GET" && method !== "HEAD") return limitStream(context, next);
    if (Number(length ?? 0) > maxSize) refuse();
    await next();
  };
}
