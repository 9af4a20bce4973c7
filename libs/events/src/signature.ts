import { createHmac, createSecretKey, randomBytes, timingSafeEqual, type KeyObject } from "node:crypto";
import { headerNames } from "./headers.ts";

/** How far a timestamp may lie from the clock of the one who verifies, in seconds, either way. */
export const toleranceSeconds = 300;

const secretPrefix = "whsec_";
const secretBytes = 32;
const version = "v1";
/** Node reads past what is not base64; other languages refuse it. */
const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/** Why a request was refused. `too-old` and `in-future` can mean that a clock is wrong. */
export type SignatureProblem = "missing-header" | "bad-timestamp" | "too-old" | "in-future" | "no-match";

/** Thrown by `verify`: the request must not be trusted. The message names the reason and no secret. */
export class InvalidSignatureError extends Error {
  readonly problem: SignatureProblem;

  constructor(problem: SignatureProblem, message: string) {
    super(message);
    this.name = "InvalidSignatureError";
    this.problem = problem;
  }
}

/** Makes a new secret: `whsec_` and 32 random bytes in base64. */
export function newSecret(): string {
  return secretPrefix + randomBytes(secretBytes).toString("base64");
}

/** Tells whether a text is a usable secret: base64 of 24 to 64 bytes, with or without `whsec_`. */
export function isSecret(text: string): boolean {
  const encoded = withoutPrefix(text);
  if (!base64Pattern.test(encoded)) return false;
  const { length } = Buffer.from(encoded, "base64");
  return length >= 24 && length <= 64;
}

/**
 * Signs one attempt after Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`.
 *
 * @param secret `whsec_…`
 * @param id without a dot, or two requests could have the same signature
 * @param timestamp whole unix seconds of this attempt
 * @param body the exact bytes that are sent
 * @returns `v1,<base64>`
 * @throws TypeError if one of them cannot be signed
 * @example sign(secret, "evt_1", 1614265330, '{"a":1}')
 */
export function sign(secret: string, id: string, timestamp: number, body: string | Uint8Array): string {
  if (id === "" || id.includes(".")) throw new TypeError("an id has at least one character and no dot");
  if (!Number.isSafeInteger(timestamp) || timestamp < 0) {
    throw new TypeError("a timestamp is a whole number of seconds");
  }
  return `${version},${digest(keyOf(secret), `${id}.${timestamp}.`, body)}`;
}

/** Headers as Node has them, in any case, or anything with a `get` such as the `Headers` of fetch. */
export type HeaderSource =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface VerifyOptions {
  /** The clock, in unix seconds; default: now. */
  now?: number;
}

/**
 * Checks the signature and the age of a request; returns its id.
 *
 * @param secrets one secret, or several while one replaces another
 * @param body the exact bytes received, before any parsing
 * @throws InvalidSignatureError naming what is missing or wrong with the request
 * @throws TypeError if there is no secret or one that cannot be used
 */
export function verify(
  secrets: string | readonly string[],
  headers: HeaderSource,
  body: string | Uint8Array,
  options: VerifyOptions = {},
): { id: string; timestamp: number } {
  const keys = [secrets].flat().map(keyOf);
  if (keys.length === 0) throw new TypeError("there is no secret to verify with");
  const id = required(headers, headerNames.id);
  const time = required(headers, headerNames.timestamp);
  const offered = required(headers, headerNames.signature).split(" ").flatMap(signatureOf);
  const timestamp = parseTimestamp(time, options.now ?? Math.floor(Date.now() / 1000));
  const expected = keys.map((key) => digest(key, `${id}.${time}.`, body));
  if (!offered.some((given) => expected.some((signature) => isSame(given, signature)))) {
    throw new InvalidSignatureError("no-match", "no signature matches");
  }
  return { id, timestamp };
}

function parseTimestamp(text: string, now: number): number {
  const name = headerNames.timestamp;
  if (!/^\d{1,15}$/.test(text)) {
    throw new InvalidSignatureError("bad-timestamp", `${name} is not a number of seconds`);
  }
  const ageSeconds = now - Number(text);
  if (ageSeconds > toleranceSeconds) throw new InvalidSignatureError("too-old", `${name} is too old`);
  // Asked this way round, a clock that is not a number refuses instead of letting everything through.
  if (ageSeconds >= -toleranceSeconds) return Number(text);
  throw new InvalidSignatureError("in-future", `${name} lies in the future`);
}

/** Items of other versions, or of no known form, match nothing. */
function signatureOf(item: string): string[] {
  const prefix = `${version},`;
  return item.startsWith(prefix) ? [item.slice(prefix.length)] : [];
}

/** Compares the text, not what it decodes to: base64 can be written in many ways that decode alike. */
function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function digest(key: KeyObject, start: string, body: string | Uint8Array): string {
  return createHmac("sha256", key).update(start).update(body).digest("base64");
}

/** Deriving a key object costs four times as much as signing with it. */
const keys = new Map<string, KeyObject>();
const maxKeys = 10_000;

function keyOf(secret: string): KeyObject {
  const known = keys.get(secret);
  if (known) return known;
  if (!isSecret(secret)) throw new TypeError("a secret is whsec_ and 24 to 64 bytes in base64");
  const key = createSecretKey(Buffer.from(withoutPrefix(secret), "base64"));
  if (keys.size >= maxKeys) keys.clear();
  keys.set(secret, key);
  return key;
}

function withoutPrefix(secret: string): string {
  return secret.startsWith(secretPrefix) ? secret.slice(secretPrefix.length) : secret;
}

function required(headers: HeaderSource, name: string): string {
  const value = typeof headers.get === "function" ? headers.get(name) : fieldOf(headers, name);
  if (!value) throw new InvalidSignatureError("missing-header", `${name} is missing`);
  return value;
}

function fieldOf(headers: object, name: string): string | undefined {
  const value: unknown = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === "string" ? first : undefined;
}
