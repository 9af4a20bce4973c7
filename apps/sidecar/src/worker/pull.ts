import { randomUUID } from "node:crypto";
import type { Sender, SendResult } from "@sidehook/delivery";
import { headerNames, InvalidEventError, parseEvent, type NewId, type WebhookEvent } from "@sidehook/events";
import { sign, toleranceSeconds, verify } from "@sidehook/events/signature";
import type { Store } from "@sidehook/store";
import type { Logger } from "../log.ts";
import { version } from "../version.ts";
import { startLoop } from "./loop.ts";

export interface PullOptions {
  /** Home of the network, without a slash at its end. */
  url: string;
  bridgeKey: string;
  store: Pick<Store, "isArchiveOn" | "ingestEvents" | "listWanted" | "useOnce">;
  sender: Pick<Sender, "send">;
  log: Logger;
  now: () => Date;
  newId: NewId;
}

/** What became of one event of the last answer; the next request says it. */
type Result =
  | Awaited<ReturnType<Store["ingestEvents"]>>[number]
  | { id: string; status: "rejected"; problems: InvalidEventError["problems"] };

/** Also stands in what is signed, so that nobody brings it to another door. */
const route = { method: "POST", path: "/sidehook/v1/outbox" } as const;
const everyMs = 5_000;
const longestPauseMs = 30_000;
const timeoutMs = 30_000;
/** The bridge sends 512 KiB of payloads at once, or a single larger one; as JSON in JSON they grow. */
const maxBodyBytes = 8 * 1024 * 1024;

/**
 * Starts fetching what waits in the outbox of a WordPress network that cannot reach us, or that nobody visits; returns a
 * function that stops it.
 *
 * `POST /v1/events` the other way round: the answer holds events, and the next request says what became of them. Events
 * leave the outbox only then, so that a crash at any moment fetches them again.
 */
export function startPulling(options: PullOptions): () => Promise<void> {
  const { log } = options;
  let results: readonly Result[] = [];
  let problem: string | null = null;
  let pauseMs = everyMs;

  async function pull(): Promise<number> {
    const answer = await ask(options, results);
    note("problem" in answer ? answer.problem : null);
    if ("problem" in answer) {
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      return pauseMs;
    }
    pauseMs = everyMs;
    results = [];
    results = await take(answer.events, options);
    return results.length > 0 ? 0 : everyMs;
  }

  /** Once for each change: a network that is away for a day is not told every half minute. */
  function note(next: string | null): void {
    if (next !== problem) log[next === null ? "info" : "warn"]({ problem: next }, "outbox.pulled");
    problem = next;
  }

  return startLoop(pull, (error) => log.error({ err: error }, "outbox.pull_failed")).stop;
}

type Pulled = { events: readonly unknown[] } | { problem: string };

async function ask(
  { url, bridgeKey, store, sender, now }: PullOptions,
  results: readonly Result[],
): Promise<Pulled> {
  const [wanted, archive] = await Promise.all([store.listWanted(), store.isArchiveOn()]);
  const body = JSON.stringify({ ...route, results, wanted, archive });
  const id = `pull_${randomUUID()}`;
  const timestamp = Math.floor(now().getTime() / 1000);
  // Whoever has listened must not bring it to our own door: it is signed with the key of the bridge.
  await store.useOnce(`bridge:${id}`, new Date(now().getTime() + 2 * toleranceSeconds * 1000), now());
  const result = await sender.send(
    {
      method: route.method,
      // Found whatever the network's permalinks look like.
      url: `${url}/?rest_route=${route.path}`,
      headers: {
        "content-type": "application/json",
        "user-agent": `Sidehook/${version}`,
        [headerNames.id]: id,
        [headerNames.timestamp]: String(timestamp),
        [headerNames.signature]: sign(bridgeKey, id, timestamp, body),
      },
      body,
    },
    { timeoutMs, maxBodyBytes },
  );
  return read(result, { id, bridgeKey, now });
}

/** Whoever else answers at that address, or an answer to an earlier request, gets no event in. */
function read(
  { response, error }: SendResult,
  { id, bridgeKey, now }: { id: string; bridgeKey: string; now: () => Date },
): Pulled {
  if (response === null) return { problem: error.message };
  const { status, headers, body } = response;
  if (status === 404) return { problem: "the plugin is not active there: 404" };
  if (status !== 200) return { problem: `answer ${status}: ${body.slice(0, 200)}` };
  try {
    const signed = verify(bridgeKey, headers, body, { now: Math.floor(now().getTime() / 1000) });
    if (signed.id !== id) return { problem: "the answer belongs to another request" };
    const { events } = JSON.parse(body) as { events?: unknown };
    return Array.isArray(events) ? { events } : { problem: "the answer holds no events" };
  } catch (failure) {
    return { problem: `the answer is not accepted: ${failure instanceof Error ? failure.message : ""}` };
  }
}

/** @throws whatever the store throws: then nothing is said of these events, and the bridge gives them again */
async function take(
  items: readonly unknown[],
  { store, log, now, newId }: PullOptions,
): Promise<readonly Result[]> {
  const valid: WebhookEvent[] = [];
  const rejected: Result[] = [];
  for (const item of items) {
    try {
      valid.push(parseEvent(item, { newId: () => newId("evt"), now }));
    } catch (error) {
      if (!(error instanceof InvalidEventError)) throw error;
      rejected.push({ id: idOf(item), status: "rejected", problems: error.problems });
    }
  }
  const stored = valid.length > 0 ? await store.ingestEvents(valid, now()) : [];
  if (items.length > 0) {
    const accepted = stored.filter(({ status }) => status === "accepted").length;
    log.info({ accepted, duplicate: stored.length - accepted, rejected: rejected.length }, "event.received");
  }
  return [...stored, ...rejected];
}

function idOf(item: unknown): string {
  return typeof item === "object" && item !== null && "id" in item ? String(item.id) : "";
}
