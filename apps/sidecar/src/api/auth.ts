import { timingSafeEqual } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { headerNames } from "@sidehook/events";
import { InvalidSignatureError, toleranceSeconds, verify } from "@sidehook/events/signature";
import type { Services } from "../services.ts";
import { ProblemError } from "./problem.ts";

export const scopes = [
  "events:write",
  "webhooks:read",
  "webhooks:write",
  "deliveries:read",
  "deliveries:write",
  "admin",
] as const;
export type Scope = (typeof scopes)[number];

/** Who calls, and what they may do. */
export interface Caller {
  name: string;
  /** Null: the bridge, which may do everything but manage tokens. */
  scopes: readonly string[] | null;
  /** Of a request the bridge signed: its `webhook-id`. */
  requestId: string | null;
}

export interface ApiEnv {
  Variables: { caller: Caller };
}

/** The only routes that answer without credentials, as Hono matches them. */
export const openRoutes: ReadonlySet<string> = new Set(["/healthz", "/readyz", "/bin/:id", "/bin/:id/*"]);

/** Lets through who brings a known token or the bridge's signature; everybody else gets 401. */
export function authenticate(services: Services): MiddlewareHandler<ApiEnv> {
  return async function authenticate(context, next) {
    context.set("caller", await identify(context, services));
    await next();
  };
}

/** Lets through callers with this scope (`admin` holds them all). */
export function requireScope(scope: Scope): MiddlewareHandler<ApiEnv> {
  return async function requireScope(context, next) {
    assertScope(context.get("caller"), scope);
    await next();
  };
}

/** @throws ProblemError 403 */
export function assertScope(caller: Caller, scope: Scope): void {
  if (!mayCall(caller, scope)) throw new ProblemError(403, `This needs a token with the scope ${scope}.`);
}

function mayCall(caller: Caller, scope: Scope): boolean {
  if (caller.scopes === null) return scope !== "admin";
  return caller.scopes.includes(scope) || caller.scopes.includes("admin");
}

async function identify(context: Context<ApiEnv>, services: Services): Promise<Caller> {
  const token = findToken(context.req.header("authorization"));
  if (token) return identifyToken(token, services);
  if (context.req.header(headerNames.signature)) return identifyBridge(context, services);
  throw unauthorized("Send a token (Authorization: Bearer …) or sign the request with the bridge key.");
}

/** The token of an `authorization` header that brings one. */
export function findToken(header: string | undefined): string | undefined {
  const [scheme, token] = header?.split(" ", 2) ?? [];
  return scheme?.toLowerCase() === "bearer" ? token : undefined;
}

/** @throws ProblemError 401 */
export async function identifyToken(value: string, { keys, store, now }: Services): Promise<Caller> {
  if (isSame(value, keys.adminToken)) return { name: "admin token", scopes, requestId: null };
  const token = await store.findToken(value, now());
  if (!token) throw unauthorized("This token is not known, or has expired.");
  return { name: token.name, scopes: token.scopes, requestId: null };
}

/** Who signs with the bridge key. @throws ProblemError 401; each signature counts once */
export async function identifyBridge(context: Context<ApiEnv>, services: Services): Promise<Caller> {
  const body = new Uint8Array(await context.req.arrayBuffer());
  const now = services.now();
  const { id } = checkSignature(services, context.req.raw.headers, { body, now });
  await services.store.noteBridge(now);
  // Repeating an ingest request is harmless: its events are recognised by their ids.
  const isIngest = context.req.method === "POST" && context.req.path === "/v1/events";
  if (!isIngest) {
    const expiresAt = new Date(now.getTime() + 2 * toleranceSeconds * 1000);
    const isNew = await services.store.useOnce(`bridge:${id}`, expiresAt, now);
    if (!isNew)
      throw unauthorized("A request with this webhook-id was made before; sign each with a new one.");
  }
  return { name: "bridge", scopes: null, requestId: id };
}

function checkSignature(
  services: Services,
  headers: Headers,
  { body, now }: { body: Uint8Array; now: Date },
) {
  try {
    return verify(services.keys.bridgeKey, headers, body, { now: Math.floor(now.getTime() / 1000) });
  } catch (error) {
    if (!(error instanceof InvalidSignatureError)) throw error;
    throw unauthorized(`The signature is not accepted: ${error.message}.`);
  }
}

function unauthorized(detail: string): ProblemError {
  return new ProblemError(401, detail, { headers: { "www-authenticate": "Bearer" } });
}

/** Compares in a time that tells nothing but whether the lengths are the same, which are no secret. */
export function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
