import { createHmac, createSecretKey, randomBytes, timingSafeEqual, type KeyObject } from "node:crypto";
import { headerNames } from "./headers.ts";

/** How far a timestamp may lie from the clock of the one who verifies, in seconds, either way. */
export const toleranceSeconds = 300;

const secretPrefix = "whsec_";
const secretBytes = 32;
const version = "v1";

/** Thrown by `verify`: the request must not be trusted. The message names the reason and no secret. */
export class InvalidSignatureError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "InvalidSignatureError";
  }
}

/** Makes a new secret: `whsec_` and 32 random bytes in base64. */
export function newSecret(): string {
  return secretPrefix + randomBytes(secretBytes).toString("base64");
}

/** Tells whether a text is a usable secret: base64 of 24 to 64 bytes, with or without `whsec_`. */
export function isSecret(text: string): boolean {
  const encoded = text.startsWith(secretPrefix) ? text.slice(secretPrefix.length) : text;
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return false;
  const { length } = Buffer.from(encoded, "base64");
  return length >= 24 && length <= 64;
}

/**
 * Signs one attempt after Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`.
 *
 * @param secret `whsec_…`
 * @param timestamp unix seconds of this attempt
 * @param body the exact bytes that are sent
 * @returns `v1,<base64>`
 * @example sign(secret, "evt_1", 1614265330, '{"a":1}')
 */
export function sign(secret: string, id: string, timestamp: number, body: string | Uint8Array): string {
  return `${version},${digest(secret, id, String(timestamp), body).toString("base64")}`;
}

/** Headers as Node has them, or as `Headers` of fetch. */
export type HeaderSource = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface VerifyOptions {
  /** The clock, in unix seconds; default: now. */
  now?: number;
}

/**
 * Checks the signature and the age of a request; returns its id.
 *
 * @param secrets one secret, or several while one replaces another
 * @param body the exact bytes received, before any parsing
 * @throws InvalidSignatureError naming what is missing or wrong
 */
export function verify(
  secrets: string | readonly string[],
  headers: HeaderSource,
  body: string | Uint8Array,
  options: VerifyOptions = {},
): { id: string; timestamp: number } {
  const id = required(headers, headerNames.id);
  const time = required(headers, headerNames.timestamp);
  const signatures = required(headers, headerNames.signature);
  const timestamp = parseTimestamp(time, options.now ?? Math.floor(Date.now() / 1000));
  const offered = signatures.split(" ").flatMap(decodeSignature);
  const isSigned = [secrets].flat().some((secret) => {
    const expected = digest(secret, id, time, body);
    return offered.some((given) => given.length === expected.length && timingSafeEqual(given, expected));
  });
  if (!isSigned) throw new InvalidSignatureError("no signature matches");
  return { id, timestamp };
}

function parseTimestamp(text: string, now: number): number {
  const timestamp = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(timestamp))
    throw new InvalidSignatureError(`${headerNames.timestamp} is not a number of seconds`);
  if (timestamp < now - toleranceSeconds)
    throw new InvalidSignatureError(`${headerNames.timestamp} is too old`);
  if (timestamp > now + toleranceSeconds) {
    throw new InvalidSignatureError(`${headerNames.timestamp} lies in the future`);
  }
  return timestamp;
}

/** Items of other versions, or of no known form, match nothing. */
function decodeSignature(item: string): Buffer[] {
  const [itemVersion, encoded] = item.split(",", 2);
  return itemVersion === version && encoded ? [Buffer.from(encoded, "base64")] : [];
}

function digest(secret: string, id: string, timestamp: string, body: string | Uint8Array): Buffer {
  return createHmac("sha256", keyOf(secret)).update(`${id}.${timestamp}.`).update(body).digest();
}

/** Deriving a key object costs four times as much as signing with it. */
const keys = new Map<string, KeyObject>();
const maxKeys = 10_000;

function keyOf(secret: string): KeyObject {
  const known = keys.get(secret);
  if (known) return known;
  if (!isSecret(secret)) throw new TypeError("a secret is whsec_ and 24 to 64 bytes in base64");
  const encoded = secret.startsWith(secretPrefix) ? secret.slice(secretPrefix.length) : secret;
  const key = createSecretKey(Buffer.from(encoded, "base64"));
  if (keys.size >= maxKeys) keys.clear();
  keys.set(secret, key);
  return key;
}

function required(headers: HeaderSource, name: string): string {
  const value = headers instanceof Headers ? headers.get(name) : single(headers[name]);
  if (!value) throw new InvalidSignatureError(`${name} is missing`);
  return value;
}

function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}
