// For people who write receivers: from a request to an event that can be trusted.
import { headerNames } from "./headers.ts";
import { normalize } from "./normalize.ts";
import type { KnownEventType, NormalizedPayloadOf, PayloadOf } from "./payloads.ts";
import type { ReplayStore, Settle } from "./replay-store.ts";
import { headerOf, maxBodyBytes, readBody, type FetchRequest, type NodeRequest } from "./request-body.ts";
import { InvalidSignatureError, toleranceSeconds, verify, type SignatureProblem } from "./signature.ts";

export { createMemoryStore, type ClaimState, type ReplayStore, type Settle } from "./replay-store.ts";
export { maxBodyBytes, type FetchRequest, type NodeRequest } from "./request-body.ts";

/** As long as one signed request can be used; its time may lie before or after ours. */
const claimSeconds = 2 * toleranceSeconds;
/** Longer than Sidehook goes on trying to deliver an event with its usual retry schedule. */
const rememberSeconds = 4 * 24 * 60 * 60;

/** An event of one type, as it was received. */
export interface ReceivedEventOf<Type extends KnownEventType> {
  /** The same however often the event arrives. */
  id: string;
  type: Type;
  /** As it was sent. */
  payload: PayloadOf<Type>;
  /** The payload with one type for each field: ids are numbers, prices decimal text. Made when it is first asked for. */
  readonly normalized: NormalizedPayloadOf<Type>;
  /** The body, to the letter. */
  text: string;
  /** True if somebody sent it to try the webhook out. */
  isTest: boolean;
}

/** An event as it was received; `type` tells which payload it has. Plugins can send types that are not in this list. */
export type ReceivedEvent = { [Type in KnownEventType]: ReceivedEventOf<Type> }[KnownEventType];

export interface ReceiveOptions {
  /** `whsec_…`; several while one replaces another. */
  secrets: string | readonly string[];
  /** Refuses a request that was received before. */
  store?: ReplayStore;
  /** The exact bytes of the body, when a framework has read them already. */
  body?: string | Uint8Array;
  /** The clock, in unix milliseconds; default: now. */
  now?: () => number;
}

/** Why a request was refused. */
export type RefusalProblem = SignatureProblem | "too-large" | "bad-body" | "repeated";

/** Thrown when a request must not be trusted or cannot be read. Answer with its `status`; the message holds no secret. */
export class RefusedRequestError extends Error {
  readonly status: 400 | 401 | 409 | 413;
  readonly problem: RefusalProblem;

  constructor(status: RefusedRequestError["status"], problem: RefusalProblem, message: string) {
    super(message);
    this.name = "RefusedRequestError";
    this.status = status;
    this.problem = problem;
  }
}

/**
 * Tells which status to answer when something was thrown: the one of a refused request, and 500, upon which Sidehook
 * tries again, for everything else.
 */
export function statusOf(error: unknown): number {
  return error instanceof RefusedRequestError ? error.status : 500;
}

/**
 * Verifies a request and answers the event it brings. With a `store`, an event that comes again within ten minutes is
 * refused, also when it is a retry because you could not handle it; `receiveOnce` lets such a retry in.
 *
 * @param request of fetch (Hono, Next.js, Deno, Bun …) or of Node (Express, Fastify's `request.raw` …), its body unread
 * @throws RefusedRequestError with the `status` to answer
 * @throws TypeError if there is no usable secret, or the body was read before and not given
 * @example
 * const event = await receive(request, { secrets: process.env.WEBHOOK_SECRET });
 * if (event.type === "payment_received") console.log(event.normalized.payment_total_raw); // "29.90"
 */
export async function receive(
  request: FetchRequest | NodeRequest,
  options: ReceiveOptions,
): Promise<ReceivedEvent> {
  const event = await verified(request, options);
  const claim = await options.store?.claim(event.id, claimSeconds);
  if (typeof claim === "string") throw repeated();
  return event;
}

/**
 * Verifies a request and handles its event, once: when the handling fails, the next attempt gets in at once; when it
 * went well, every repetition is received and not handled again.
 *
 * @returns whether it was handled now; answer 2xx either way
 * @throws RefusedRequestError with the `status` to answer
 * @throws whatever `handle` throws; answer 500
 * @example await receiveOnce(request, { secrets, store }, async (event) => addToList(event.payload));
 */
export async function receiveOnce(
  request: FetchRequest | NodeRequest,
  options: ReceiveOptions & { store: ReplayStore },
  handle: (event: ReceivedEvent) => unknown,
): Promise<boolean> {
  const event = await verified(request, options);
  const claim = await options.store.claim(event.id, claimSeconds);
  if (claim === "handled") return false;
  if (claim === "claimed") throw repeated();
  await settled(claim, () => handle(event));
  return true;
}

async function settled(settle: Settle, handle: () => unknown): Promise<void> {
  let keepSeconds = 0;
  try {
    await handle();
    keepSeconds = rememberSeconds;
  } finally {
    await settle(keepSeconds);
  }
}

function repeated(): RefusedRequestError {
  return new RefusedRequestError(409, "repeated", "this event was received before");
}

async function verified(
  request: FetchRequest | NodeRequest,
  options: ReceiveOptions,
): Promise<ReceivedEvent> {
  const body = options.body ?? (await boundedBody(request));
  const clock = options.now ? { now: Math.floor(options.now() / 1000) } : {};
  try {
    const { id } = verify(options.secrets, request.headers, body, clock);
    return buildEvent(id, request, body);
  } catch (error) {
    if (!(error instanceof InvalidSignatureError)) throw error;
    throw new RefusedRequestError(401, error.problem, error.message);
  }
}

async function boundedBody(request: FetchRequest | NodeRequest): Promise<Uint8Array> {
  const body = await readBody(request);
  if (body) return body;
  throw new RefusedRequestError(413, "too-large", `the body has more than ${maxBodyBytes} bytes`);
}

function buildEvent(
  id: string,
  { headers }: FetchRequest | NodeRequest,
  body: string | Uint8Array,
): ReceivedEvent {
  const text = typeof body === "string" ? body : decode(body);
  const { type, payload } = unwrap(parseObject(text), headerOf(headers, headerNames.event));
  const event = { id, type: type as KnownEventType, payload };
  let normalized: object | undefined;
  return {
    ...event,
    get normalized() {
      return (normalized ??= normalize(event));
    },
    text,
    isTest: headerOf(headers, headerNames.test) === "true",
  } as ReceivedEvent;
}

/**
 * Finds type and payload in each of the formats a webhook can have. Only in the compatible one the type stands in a
 * header alone, which no signature covers.
 */
function unwrap(
  body: Record<string, unknown>,
  headerType: string | undefined,
): { type: string; payload: object } {
  const { type, data, specversion, timestamp, context } = body;
  const isEnvelope = typeof timestamp === "string" && isObject(context);
  const isWrapped = typeof type === "string" && isObject(data) && (isEnvelope || specversion === "1.0");
  const found = isWrapped ? type : headerType;
  if (!found) throw badBody(`${headerNames.event} is missing`);
  return { type: found, payload: isWrapped ? data : body };
}

function parseObject(text: string): Record<string, unknown> {
  const value = parseJson(text);
  if (!isObject(value)) throw badBody("the body is not a JSON object");
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // refused as any other text that is no object
  }
}

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw badBody("the body is not UTF-8");
  }
}

function badBody(message: string): RefusedRequestError {
  return new RefusedRequestError(400, "bad-body", message);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
