import { getCookie, setCookie, deleteCookie } from "hono/cookie";
import type { MiddlewareHandler } from "hono";
import { isSame } from "../api/auth.ts";
import type { Services } from "../services.ts";
import { embeddingOf, sessionOf } from "./embedded.ts";
import { sendError } from "./errors.tsx";
import type { AdminContext, AdminEnv } from "./layout.tsx";
import { basePath } from "./view.ts";

const cookieName = "sidehook_session";
const safeMethods = new Set(["GET", "HEAD"]);

/** Lets through people who are signed in; everybody else is sent to the sign-in page and back afterwards. */
export function requireSession(services: Services): MiddlewareHandler<AdminEnv> {
  return async function requireSession(context, next) {
    const embedding = embeddingOf(context);
    const session = embedding ? sessionOf(embedding, services.now()) : await findSession(context, services);
    if (!session) return sendToSignIn(context);
    context.set("session", session);
    context.set("view", { ...context.get("view"), session });
    return next();
  };
}

/** One line for each change: who did what, and how it ended. Where in the path says to what. */
export function logChanges({ log }: Services): MiddlewareHandler<AdminEnv> {
  return async function logChanges(context, next) {
    await next();
    const { method } = context.req;
    if (safeMethods.has(method)) return;
    const { path } = context.get("view");
    log.info(
      { by: context.get("session").signedInBy, method, path, status: context.res.status },
      "admin.requested",
    );
  };
}

/** Refuses changes that do not come from a form of these pages, in the same session. */
export function requireOwnForm(): MiddlewareHandler<AdminEnv> {
  return async function requireOwnForm(context, next) {
    if (safeMethods.has(context.req.method)) return next();
    if (!isOwnOrigin(context)) return sendError(context, "forbidden");
    const form = await readForm(context);
    // WordPress's proof lives longer than one token: the bridge has checked it before it signed the request.
    if (!embeddingOf(context) && !isSame(textOf(form, "csrf"), context.get("session").csrfToken))
      return sendError(context, "forbidden");
    context.set("form", form);
    return next();
  };
}

/**
 * Tells whether a browser says that a request comes from a page of ours. `Sec-Fetch-Site` is missing on plain http
 * and in old browsers, and `Origin` is `null` because the pages send no referrer; the token in the form decides then.
 */
export function isOwnOrigin({ req }: AdminContext): boolean {
  const site = req.header("sec-fetch-site");
  if (site !== undefined) return site === "same-origin" || site === "none";
  const origin = req.header("origin");
  if (origin === undefined || origin === "null") return true;
  return URL.parse(origin)?.host === new URL(req.url).host;
}

/** The fields of a form; empty if the body is none. */
export async function readForm({ req }: AdminContext): Promise<FormData> {
  const type = req.header("content-type") ?? "";
  const isForm =
    type.startsWith("application/x-www-form-urlencoded") || type.startsWith("multipart/form-data");
  return isForm ? req.formData() : new FormData();
}

/** Text of a field, empty if it is missing. */
export function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}

export async function findSession(context: AdminContext, { store, now }: Services) {
  const value = getCookie(context, cookieName);
  return value === undefined ? undefined : store.findSession(value, now());
}

/** Begins a session; one that this browser had before ends. */
export async function startSession(
  context: AdminContext,
  services: Services,
  signedInBy: string,
): Promise<void> {
  const { store, now, publicUrl } = services;
  const former = await findSession(context, services);
  if (former) await store.deleteSession(former.id);
  const { session, value } = await store.createSession(signedInBy, now());
  setCookie(context, cookieName, value, {
    path: basePath(publicUrl),
    httpOnly: true,
    sameSite: "Lax",
    secure: publicUrl.startsWith("https:"),
    expires: session.expiresAt,
  });
}

export async function endSession(context: AdminContext, { store, publicUrl }: Services): Promise<void> {
  await store.deleteSession(context.get("session").id);
  deleteCookie(context, cookieName, { path: basePath(publicUrl), secure: publicUrl.startsWith("https:") });
}

function sendToSignIn(context: AdminContext): Response {
  const { pathname, search } = new URL(context.req.url);
  const next = safeMethods.has(context.req.method) ? `${pathname}${search}` : null;
  return context.redirect(context.get("view").link("/sign-in", { next }), 303);
}
