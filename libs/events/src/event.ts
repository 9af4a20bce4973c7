/** Where and by whom an event happened. Every field may be missing: not every sender knows it. */
export interface EventContext {
  networkId?: number;
  siteId?: number;
  /** Home URL of the site, as it was at that moment. */
  siteUrl?: string;
  actorUserId?: number;
  /** What kind of request it was: `web`, `admin`, `rest`, `ajax`, `cron`, `cli`, `xmlrpc` … */
  source?: string;
  /** One per request of WordPress: events with the same value happened together. */
  requestId?: string;
  /** Order within that request, from 1. */
  sequence?: number;
  /**
   * Webhooks of Ultimate Multisite, by their numbers there, to which it did not send this event itself because
   * Sidehook does. The other webhooks that were mirrored from it must not get the event a second time.
   */
  takenOver?: readonly number[];
}

/** One thing that happened on the network, as it is stored and delivered. */
export interface WebhookEvent {
  /** 1 to 64 characters of `[A-Za-z0-9_-]`; becomes `webhook-id`, by which receivers recognise a repetition. */
  id: string;
  /** An event type such as `payment_received`; it need not be in the catalog. */
  type: string;
  /** RFC 3339, UTC, as precise as the sender knew it. */
  occurredAt: string;
  /** JSON text of an object, kept and delivered byte for byte. */
  payload: string;
  context: EventContext;
}

/** One thing that is wrong with some input. `path` is a JSON path such as `events[2].payload`. */
export interface Problem {
  path: string;
  message: string;
}

/** Thrown at the door; carries every problem of the event at once. */
export class InvalidEventError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ path, message }) => `${path}: ${message}`).join("; "));
    this.name = "InvalidEventError";
    this.problems = problems;
  }
}

/** What an event that leaves out its id or its time gets. */
export interface EventDefaults {
  newId: () => string;
  now: () => Date;
}

export const maxPayloadBytes = 256 * 1024;
/** As deep as PHP writes JSON; whatever reads a payload may follow its nesting without running out of stack. */
export const maxPayloadDepth = 512;
export const eventIdPattern = /^[A-Za-z0-9_-]{1,64}$/;
export const eventTypePattern = /^[a-z0-9_.]{1,64}$/;

const timePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/;
const maxTextLength = 200;
const maxUrlLength = 2048;
const maxTakenOver = 5000;

/**
 * Turns one item of an ingest request into an event, or says everything that is wrong with it.
 *
 * `payload` may be a JSON text (kept as it is) or an object (serialised here, once).
 *
 * @throws InvalidEventError with one problem per fault, paths relative to the event
 * @example parseEvent({ type: "payment_received", payload: "{\"payment_id\":5}" }, { newId, now })
 */
export function parseEvent(value: unknown, defaults: EventDefaults): WebhookEvent {
  if (!isObject(value)) throw new InvalidEventError([{ path: "", message: "must be an object" }]);
  const problems: Problem[] = [];
  const report = (path: string, message: string) => void problems.push({ path, message });
  const event: WebhookEvent = {
    id: parseId(value["id"], defaults, report),
    type: parseType(value["type"], report),
    occurredAt: parseTime(value["occurredAt"], defaults, report),
    payload: parsePayload(value["payload"], report),
    context: parseContext(value["context"], report),
  };
  if (problems.length > 0) throw new InvalidEventError(problems);
  return event;
}

type Report = (path: string, message: string) => void;

function parseId(value: unknown, defaults: EventDefaults, report: Report): string {
  if (value === undefined) return defaults.newId();
  if (typeof value === "string" && eventIdPattern.test(value)) return value;
  report("id", "must be 1 to 64 characters of A-Z, a-z, 0-9, _ and -");
  return "";
}

function parseType(value: unknown, report: Report): string {
  if (typeof value === "string" && eventTypePattern.test(value)) return value;
  report("type", "must be 1 to 64 characters of a-z, 0-9, _ and .");
  return "";
}

function parseTime(value: unknown, defaults: EventDefaults, report: Report): string {
  if (value === undefined) return defaults.now().toISOString();
  if (typeof value === "string" && timePattern.test(value) && isRealTime(value)) return value;
  report("occurredAt", "must be an RFC 3339 time in UTC, such as 2026-11-21T23:50:46.123456Z");
  return "";
}

/** `Date` rolls 30 February over into March; such a day is refused instead, and so is a time before 1970. */
function isRealTime(value: string): boolean {
  const time = new Date(value);
  return time.getTime() >= 0 && time.toISOString().slice(0, 19) === value.slice(0, 19);
}

function parsePayload(value: unknown, report: Report): string {
  const [text, problem] = typeof value === "string" ? [value, textProblem(value)] : writeObject(value);
  if (problem !== null) report("payload", problem);
  return text;
}

function textProblem(text: string): string | null {
  const tooLong = sizeProblem(text);
  if (tooLong !== null) return tooLong;
  // A lone surrogate becomes U+FFFD when the text is stored: what is signed would not be what was sent.
  if (!text.isWellFormed()) return "must be well-formed Unicode, without lone surrogates";
  return objectProblem(parseJson(text));
}

function writeObject(value: unknown): [text: string, problem: string | null] {
  const problem = objectProblem(value);
  const text = problem === null ? JSON.stringify(value) : "";
  return [text, problem ?? sizeProblem(text)];
}

function sizeProblem(text: string): string | null {
  const bytes = Buffer.byteLength(text);
  return bytes > maxPayloadBytes ? `must be at most ${maxPayloadBytes} bytes, has ${bytes}` : null;
}

function objectProblem(value: unknown): string | null {
  if (!isObject(value)) return "must be a JSON object, or a string that holds one";
  return isDeeperThan(maxPayloadDepth, value) ? `must be nested at most ${maxPayloadDepth} deep` : null;
}

function isDeeperThan(limit: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return limit === 0 || Object.values(value).some((item) => isDeeperThan(limit - 1, item));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not JSON: the caller reports it as a problem of the field
  }
}

function parseContext(value: unknown, report: Report): EventContext {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) {
    report("context", "must be an object");
    return {};
  }
  const context: Record<string, unknown> = {};
  for (const [name, isValid] of contextFields) {
    const field = value[name];
    if (field === undefined || field === null) continue;
    const problem = isValid(field);
    if (problem === null) context[name] = field;
    else report(`context.${name}`, problem);
  }
  return context;
}

type FieldCheck = (value: unknown) => string | null;

const wholeNumber: FieldCheck = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? null : "must be a whole number";
/** Control characters are refused: a database may not be able to hold U+0000, and no page shows the others. */
const text =
  (maxLength: number): FieldCheck =>
  (value) =>
    typeof value === "string" && value.length <= maxLength && value.isWellFormed() && !/\p{Cc}/u.test(value)
      ? null
      : `must be text of at most ${maxLength} characters, without control characters`;
/** Pages show it as a link, so `javascript:` and the like must not get in. */
const webUrl: FieldCheck = (value) =>
  text(maxUrlLength)(value) ??
  (/^https?:\/\//i.test(value as string) ? null : "must begin with http:// or https://");

const listOfIds: FieldCheck = (value) =>
  Array.isArray(value) && value.length <= maxTakenOver && value.every((id) => wholeNumber(id) === null)
    ? null
    : `must be a list of at most ${maxTakenOver} whole numbers`;

const contextFields = new Map<keyof EventContext, FieldCheck>([
  ["networkId", wholeNumber],
  ["siteId", wholeNumber],
  ["siteUrl", webUrl],
  ["actorUserId", wholeNumber],
  ["source", text(maxTextLength)],
  ["requestId", text(maxTextLength)],
  ["sequence", wholeNumber],
  ["takenOver", listOfIds],
]);

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
