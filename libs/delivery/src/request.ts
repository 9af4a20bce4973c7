import { unescape } from "node:querystring";
import { headerNames } from "@sidehook/events";
import { sign } from "@sidehook/events/signature";
import type { ClaimedDelivery, DeliveryRequest } from "./delivery.ts";
import { formatBody } from "./formats.ts";
import { codedProblem, type CodedProblem, type ProblemCode } from "./problem.ts";
import type { Webhook } from "./webhook.ts";

const maxUrlLength = 2048;
/** Most receivers take 8 KiB of headers in all, and ours need some of it. */
const maxHeadersLength = 6 * 1024;

const masked = "[masked]";
const reservedPrefixes = ["webhook-", "sidehook-", "proxy-"];
const reservedNames = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
]);

/** What an attempt has of its own. */
export interface AttemptStamp {
  /** Unix seconds of this attempt. */
  timestampSeconds: number;
  /** Version of the service, for `user-agent`. */
  version: string;
}

/**
 * Builds the request of one attempt: the body, and every header there is but those HTTP itself needs.
 * Header names are in lower case. Credentials in the webhook's URL become Basic auth and leave the URL.
 */
export function buildRequest(delivery: ClaimedDelivery, stamp: AttemptStamp): DeliveryRequest {
  const { event, webhook } = delivery;
  const { contentType, body } = formatBody(event, webhook.format);
  const { url, authorization, ownHeaders } = targetOf(webhook);
  const signatures = delivery.secrets.map((secret) => sign(secret, event.id, stamp.timestampSeconds, body));
  const headers: Record<string, string> = {
    "content-type": contentType,
    "user-agent": `Sidehook/${stamp.version}`,
    [headerNames.id]: event.id,
    [headerNames.timestamp]: String(stamp.timestampSeconds),
    [headerNames.signature]: signatures.join(" "),
    [headerNames.event]: event.type,
    [headerNames.delivery]: delivery.id,
    [headerNames.attempt]: String(delivery.attemptNumber),
    [headerNames.webhook]: webhook.id,
    ...(delivery.trigger === "test" && { [headerNames.test]: "true" }),
    ...(authorization !== null && { authorization }),
    ...ownHeaders,
  };
  return { method: "POST", url, headers, body };
}

/** The request as it may be kept and shown: without credentials and without the values of the webhook's own headers. */
export function maskRequest(request: DeliveryRequest, webhook: Pick<Webhook, "headers">): DeliveryRequest {
  const secretNames = new Set(["authorization", ...Object.keys(ownHeadersOf(webhook))]);
  if (!Object.keys(request.headers).some((name) => secretNames.has(name))) return request;
  const headers = Object.entries(request.headers).map(([name, value]) => [
    name,
    secretNames.has(name) ? masked : value,
  ]);
  return { ...request, headers: Object.fromEntries(headers) as Record<string, string> };
}

/**
 * Everything that is wrong with a webhook's URL.
 *
 * @example validateUrl("ftp://example.com") // [{ path: "url", message: "must begin with …", code: "url.scheme", values: {} }]
 */
export function validateUrl(url: string): CodedProblem[] {
  if (url.length > maxUrlLength) return [codedProblem("url", "length", { max: maxUrlLength })];
  const code = findUrlProblem(url);
  return code === undefined ? [] : [codedProblem("url", code)];
}

/** Everything that is wrong with a webhook's own headers; paths are `headers.<name>`. */
export function validateHeaders(headers: Readonly<Record<string, string>>): CodedProblem[] {
  const problems: CodedProblem[] = [];
  const seen = new Set<string>();
  let length = 0;
  for (const [name, value] of Object.entries(headers)) {
    const key = name.toLowerCase();
    const code = seen.has(key) ? "header.twice" : findHeaderProblem(key, value);
    if (code !== undefined) problems.push(codedProblem(`headers.${name}`, code));
    seen.add(key);
    length += name.length + value.length;
  }
  if (length > maxHeadersLength) {
    problems.push(codedProblem("headers", "header.length", { max: maxHeadersLength }));
  }
  return problems;
}

function findUrlProblem(text: string): ProblemCode | undefined {
  if (!/^https?:\/\//i.test(text)) return "url.scheme";
  // the URL parser would drop tabs and line breaks without a word
  if (/[\p{Cc}\s]/u.test(text)) return "url.spaces";
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) return "url.invalid";
  if (url.port === "0") return "url.port";
  if (unescape(url.username).includes(":")) return "url.colon";
  return undefined;
}

function findHeaderProblem(name: string, value: string): ProblemCode | undefined {
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) return "header.name";
  if (isReserved(name)) return "header.reserved";
  if (!/^[\t\x20-\x7e]*$/.test(value)) return "header.value";
  return undefined;
}

function isReserved(name: string): boolean {
  return reservedNames.has(name) || reservedPrefixes.some((prefix) => name.startsWith(prefix));
}

/** Reserved names are refused at the door; what was stored before a name became reserved must not get through either. */
function ownHeadersOf({ headers }: Pick<Webhook, "headers">): Record<string, string> {
  const own = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(own.filter(([name]) => !isReserved(name)));
}

interface Target {
  /** Without credentials. */
  url: string;
  authorization: string | null;
  ownHeaders: Readonly<Record<string, string>>;
}

/** A webhook is the same object until somebody changes it, and taking its URL apart costs as much as signing. */
const targets = new WeakMap<Webhook, Target>();

function targetOf(webhook: Webhook): Target {
  const known = targets.get(webhook);
  if (known) return known;
  const target = { ...splitCredentials(webhook.url), ownHeaders: ownHeadersOf(webhook) };
  targets.set(webhook, target);
  return target;
}

function splitCredentials(text: string): { url: string; authorization: string | null } {
  const url = new URL(text);
  const credentials = `${unescape(url.username)}:${unescape(url.password)}`;
  url.username = "";
  url.password = "";
  url.hash = "";
  const basic = Buffer.from(credentials).toString("base64");
  return { url: url.href, authorization: credentials === ":" ? null : `Basic ${basic}` };
}
