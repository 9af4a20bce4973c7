import { Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { getCookie } from "hono/cookie";
import type { Services } from "../services.ts";
import { logChanges, requireOwnForm, requireSession } from "./access.ts";
import { findAsset } from "./assets.ts";
import { binPages } from "./bins.tsx";
import { compressOwn } from "./compress.ts";
import { deliveryPages } from "./deliveries.tsx";
import { docsPages } from "./docs.tsx";
import { doctorPages } from "./doctor.tsx";
import { embeddedRoutes, embeddingOf } from "./embedded.ts";
import { errorKindOf, sendError } from "./errors.tsx";
import { eventTypePages } from "./event-types.tsx";
import { eventPages } from "./events.tsx";
import { issuePages } from "./issues.tsx";
import { chooseSpeech, languageCookie } from "./language.ts";
import type { AdminContext, AdminEnv } from "./layout.tsx";
import type { MessageKey } from "./locales/en.ts";
import { noticeOf } from "./notices.ts";
import { overviewPages } from "./overview.tsx";
import { replayPages } from "./replays.tsx";
import { settingsPages } from "./settings.tsx";
import { signInRoutes } from "./sign-in.tsx";
import { timeZoneOf } from "./time-zone.ts";
import { basePath, createEmbeddedLink, createLink, type View } from "./view.ts";
import { webhookPages } from "./webhooks.tsx";

/** The pages, in the order of the navigation. A new page is one line here. */
const pages: readonly { path: string; label: MessageKey; routes: (services: Services) => Hono<AdminEnv> }[] =
  [
    { path: "/overview", label: "nav.overview", routes: overviewPages },
    { path: "/webhooks", label: "nav.webhooks", routes: webhookPages },
    { path: "/deliveries", label: "nav.deliveries", routes: deliveryPages },
    { path: "/issues", label: "nav.issues", routes: issuePages },
    { path: "/replays", label: "nav.replays", routes: replayPages },
    { path: "/events", label: "nav.events", routes: eventPages },
    { path: "/event-types", label: "nav.eventTypes", routes: eventTypePages },
    { path: "/bins", label: "nav.bins", routes: binPages },
    { path: "/settings", label: "nav.settings", routes: settingsPages },
    { path: "/doctor", label: "nav.doctor", routes: doctorPages },
  ];

const maxFormBytes = 256 * 1024;

/** The admin pages, to be mounted at `/admin`. All but the sign-in and the assets need a session. */
export function createAdmin(services: Services): Hono {
  const admin = new Hono<AdminEnv>();
  admin.onError((error, context) => answerError(error, context, services));
  admin.use(compressOwn(), setHeaders(), prepareView(services));
  admin.use(bodyLimit({ maxSize: maxFormBytes, onError: sendTooLarge }));

  admin.get("/assets/:name", sendAsset);
  admin.route("/sign-in", signInRoutes(services));

  // Closed by default: everything registered below this line needs a session, and changes need a form of ours.
  admin.use(requireSession(services), logChanges(services), requireOwnForm());
  admin.get("/", (context) => context.redirect(context.get("view").link("/overview")));
  for (const { path, routes } of pages) admin.route(path, routes(services));
  admin.route("/docs", docsPages(services));
  admin.all("*", (context) => sendError(context, "missing"));
  return new Hono().route("/embedded", embeddedRoutes(services, admin)).route("/", admin);
}

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "connect-src 'self'",
].join("; ");

function setHeaders(): MiddlewareHandler<AdminEnv> {
  return async function setHeaders(context, next) {
    context.header("content-security-policy", contentSecurityPolicy);
    context.header("cross-origin-opener-policy", "same-origin");
    context.header("cross-origin-resource-policy", "same-origin");
    context.header("referrer-policy", "no-referrer");
    context.header("x-content-type-options", "nosniff");
    context.header("cache-control", "no-store");
    await next();
  };
}

function prepareView({ now, publicUrl }: Services): MiddlewareHandler<AdminEnv> {
  const base = basePath(publicUrl);
  const link = createLink(base);
  return async function prepareView(context, next) {
    const embedding = embeddingOf(context) ?? null;
    const view: View = {
      ...chooseSpeech(embedding?.language ?? wishOf(context)),
      now: now(),
      timeZone: timeZoneOf(embedding?.timeZone ?? getCookie(context, "sidehook_zone")),
      session: null,
      embedding,
      path: context.req.path.replace(/^\/admin/, ""),
      navigation: pages,
      notice: noticeOf(context.req.query("notice")),
      link: embedding ? createEmbeddedLink(embedding.base) : link,
    };
    context.set("view", view);
    await next();
  };
}

/** The person's own choice before the browser's. */
function wishOf(context: AdminContext): string {
  return [getCookie(context, languageCookie), context.req.header("accept-language")]
    .filter(Boolean)
    .join(",");
}

function sendAsset(context: AdminContext): Response | Promise<Response> {
  const asset = findAsset(context.req.param("name") ?? "");
  if (!asset) return sendError(context, "missing");
  context.header("cache-control", "public, max-age=31536000, immutable");
  return context.body(asset.content, 200, { "content-type": asset.type });
}

function sendTooLarge(context: AdminContext): Response | Promise<Response> {
  return sendError(context, "tooLarge");
}

function answerError(error: Error, context: AdminContext, { log }: Services): Response | Promise<Response> {
  const kind = errorKindOf(error);
  if (kind) return sendError(context, kind);
  log.error({ err: error, method: context.req.method, path: context.req.path }, "admin.failed");
  return sendError(context, "broken");
}
