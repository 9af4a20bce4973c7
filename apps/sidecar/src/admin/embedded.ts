import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import type { Session } from "@sidehook/store";
import { identifyBridge } from "../api/auth.ts";
import { readJson } from "../api/body.ts";
import { ProblemError, sendProblem } from "../api/problem.ts";
import { parseInput } from "../api/query.ts";
import type { Services } from "../services.ts";
import type { AdminContext, AdminEnv } from "./layout.tsx";
import { createSignInLink } from "./sign-in-link.ts";

/** Twice what a form may have: in JSON some of its characters are two. */
const maxRequestBytes = 512 * 1024;
const linkLifetimeMs = 60_000;

const user = z.strictObject({ id: z.number().int().positive(), login: z.string().min(1).max(200) });

const pageRequest = z.strictObject({
  method: z.enum(["GET", "POST"]),
  /** Below `/admin`, with its query. */
  path: z.string().regex(/^\/[^\s#\\]*$/, "must be a path"),
  /** As a browser sends it: `application/x-www-form-urlencoded`. */
  form: z.string(),
  user,
  language: z.string().max(100),
  timeZone: z.string().max(64),
  /** Name of WordPress's colour scheme. */
  colors: z.string().regex(/^[\w-]{0,64}$/, "must be a name"),
  /** All links are this and a path: `/wp-admin/network/admin.php?page=sidehook&path=` */
  base: z.string().regex(/^\/(?!\/)[\w.~%/-]*\?[\w=&-]*$/, "must be a path on the same host with a query"),
  /** Address of the bridge's own page. */
  bridgePage: z.string().regex(/^\/(?!\/)[\w.~%/?=&-]*$/, "must be a path on the same host"),
  /** WordPress's proof that a form is its own; the bridge checks it before it passes a form on. */
  nonce: z.string().max(100),
  /** What a script needs to run on WordPress's page; ours gets it, and nothing that stands in a payload. */
  scriptNonce: z.string().regex(/^\w{1,64}$/, "must be a word"),
});
const linkRequest = z.strictObject({ user });

/** For whom and in what surroundings WordPress shows a page of ours. */
export type Embedding = Pick<
  z.infer<typeof pageRequest>,
  "user" | "language" | "timeZone" | "colors" | "base" | "bridgePage" | "nonce" | "scriptNonce"
>;

/**
 * `/admin/embedded`: the pages as the bridge passes them through into WordPress's network admin.
 *
 * The one who asks is WordPress, which has checked login, capability and nonce before. Everything that says who, what
 * and where stands in the body, because that is what the bridge signs; a signature counts once. The answer is that of
 * the page itself, with `sidehook-page` to tell it from one that never got so far.
 */
export function embeddedRoutes(services: Services, admin: Hono<AdminEnv>): Hono {
  const routes = new Hono();
  routes.onError((error, context) => {
    if (error instanceof ProblemError) return sendProblem(context, error);
    throw error;
  });
  routes.use(bodyLimit({ maxSize: maxRequestBytes, onError: refuseLarge }));
  routes.post("/", async (context) => {
    const request = await readSigned(context, services, pageRequest);
    return markPage(await askPage(admin, request));
  });
  routes.post("/sign-in-link", async (context) => {
    const request = await readSigned(context, services, linkRequest);
    if (services.config.publicUrl === null) {
      throw new ProblemError(409, "The sidecar has no address of its own: set SIDEHOOK_PUBLIC_URL.");
    }
    const by = signedInBy(request.user);
    return context.json({ url: createSignInLink(services, { signedInBy: by, lifetimeMs: linkLifetimeMs }) });
  });
  return routes;
}

/** Undefined for requests that come by themselves: nothing but `embeddedRoutes` can put it there. */
export function embeddingOf({ env }: AdminContext): Embedding | undefined {
  return (env as AdminEnv["Bindings"] | undefined)?.embedding;
}

/** WordPress keeps the session; ours lasts for one request. */
export function sessionOf({ user, nonce }: Embedding, now: Date): Session {
  return { id: "", signedInBy: signedInBy(user), csrfToken: nonce, createdAt: now, expiresAt: now };
}

function signedInBy({ id, login }: z.infer<typeof user>): string {
  return `WordPress user ${login} (${id})`;
}

async function readSigned<T extends z.ZodType>(
  context: Context,
  services: Services,
  schema: T,
): Promise<z.output<T>> {
  await identifyBridge(context, services);
  return parseInput(await readJson(context), schema, "The request is not valid.");
}

async function askPage(
  admin: Hono<AdminEnv>,
  { method, path, form, ...embedding }: z.infer<typeof pageRequest>,
): Promise<Response> {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const init = method === "POST" ? { method, headers, body: form } : { method };
  return admin.request(path, init, { embedding });
}

/** A stream would hold a PHP worker for as long as it lasts. */
async function markPage(page: Response): Promise<Response> {
  if (page.headers.get("content-type")?.startsWith("text/event-stream")) {
    await page.body?.cancel();
    throw new ProblemError(406, "Streams do not pass through WordPress.");
  }
  const headers = new Headers(page.headers);
  headers.set("sidehook-page", "1");
  return new Response(page.body, { status: page.status, headers });
}

function refuseLarge(): never {
  throw new ProblemError(413, `The request may have at most ${maxRequestBytes} bytes.`);
}
