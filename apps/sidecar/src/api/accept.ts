import { createHash } from "node:crypto";
import { InvalidEventError, parseEvent, type Problem, type WebhookEvent } from "@sidehook/events";
import type { Services } from "../services.ts";
import type { Caller } from "./auth.ts";
import { ProblemError } from "./problem.ts";

const maxEvents = 500;

type Result = {
  id: string | null;
  status: "accepted" | "duplicate" | "rejected";
  problems?: readonly Problem[];
};
type Parsed = { event: WebhookEvent } | { id: string | null; problems: readonly Problem[] };

/** What is answered to events that were taken. */
interface Receipt {
  results: readonly Result[];
  /** For the bridge alone: what webhooks want. */
  wanted?: readonly string[];
}

/**
 * Takes the events of a request's body, one or several; they are stored when the promise resolves.
 *
 * @throws ProblemError 400, 413 or 503
 */
export async function acceptEvents(body: unknown, caller: Caller, services: Services): Promise<Receipt> {
  const parsed = readItems(body).map((item, index) => parseItem(item, services, defaultId(caller, index)));
  if (!isBatch(body)) throwIfRejected(parsed[0]);
  const results = await ingest(parsed, services);
  if (caller.scopes !== null) return { results };
  // So that the bridge hears of a change with its next event, and stays silent about what nobody wants.
  return { results, wanted: await services.store.listWanted() };
}

function isBatch(body: unknown): body is { events: unknown } {
  return typeof body === "object" && body !== null && "events" in body;
}

/** One event may be sent without the wrapper. */
function readItems(body: unknown): readonly unknown[] {
  if (!isBatch(body)) return [body];
  const { events } = body;
  if (!Array.isArray(events) || events.length === 0) {
    throw new ProblemError(400, "The request holds no events.", {
      problems: [{ path: "events", message: "must be an array of at least one event" }],
    });
  }
  if (events.length > maxEvents)
    throw new ProblemError(
      413,
      `A request may hold at most ${maxEvents} events, this one has ${events.length}.`,
    );
  return events;
}

/**
 * An event without an id gets one made from the signed request and its place in it, so that a repeated
 * request of the bridge makes no second event. Tokens carry no request id: their events get a new one.
 */
function defaultId({ requestId }: Caller, index: number): string | null {
  if (requestId === null) return null;
  return `evt_${createHash("sha256").update(`${requestId} ${index}`).digest("hex").slice(0, 40)}`;
}

function parseItem(item: unknown, { newId, now }: Services, idOfRequest: string | null): Parsed {
  try {
    return { event: parseEvent(item, { newId: () => idOfRequest ?? newId("evt"), now }) };
  } catch (error) {
    if (!(error instanceof InvalidEventError)) throw error;
    return { id: idOf(item), problems: error.problems };
  }
}

function idOf(item: unknown): string | null {
  const id = typeof item === "object" && item !== null && "id" in item ? item.id : null;
  return typeof id === "string" ? id.slice(0, 64) : null;
}

/** A lone event that is wrong makes the whole request wrong. */
function throwIfRejected(parsed: Parsed | undefined): void {
  if (!parsed || "event" in parsed) return;
  throw new ProblemError(400, "The event is not valid; nothing was taken.", { problems: parsed.problems });
}

async function ingest(parsed: readonly Parsed[], { store, now, log, metrics }: Services): Promise<Result[]> {
  const events = parsed.flatMap((item) => ("event" in item ? [item.event] : []));
  const stored = events.length > 0 ? await storeEvents(events, { store, now, log }) : [];
  metrics.count("events", "rejected", parsed.length - events.length);
  const results = stored[Symbol.iterator]();
  return parsed.map((item): Result => {
    if (!("event" in item)) return { id: item.id, status: "rejected", problems: item.problems };
    const { value } = results.next();
    if (!value) throw new Error("the store answered fewer results than it was given events");
    return value;
  });
}

/** Nothing is acknowledged that is not durable: when the store fails, the sender keeps its events and comes again. */
async function storeEvents(
  events: readonly WebhookEvent[],
  { store, now, log }: Pick<Services, "store" | "now" | "log">,
) {
  try {
    const results = await store.ingestEvents(events, now());
    const accepted = results.filter(({ status }) => status === "accepted").length;
    log.info({ accepted, duplicate: results.length - accepted }, "event.received");
    return results;
  } catch (error) {
    log.error({ err: error, events: events.length }, "event.refused");
    throw new ProblemError(
      503,
      "The events could not be stored; nothing of this request was taken. Send it again.",
      {
        headers: { "retry-after": "5" },
      },
    );
  }
}
