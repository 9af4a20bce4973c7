import type { Webhook } from "@sidehook/delivery";
import type { LaneRange, Waiting } from "./dialects/dialect.ts";
import { allLanes, lanes } from "./schema.ts";
import type { DueWebhook } from "./store.ts";

/** What has just come is here, but for what has an order. */
const newLanes: LaneRange = { from: lanes.test, to: lanes.first };
/** A list that takes less is made each time. */
const briefMs = 2;
/** Otherwise at most a tenth of the time is spent on making it. */
const keptPerWork = 10;

/** What waits, and the webhooks as they were at that time. */
export interface Looked {
  rows: readonly Waiting[];
  byId: ReadonlyMap<string, Webhook>;
}

export interface DueListingOptions {
  look: (range: LaneRange) => Promise<Looked>;
  /** The webhooks of these rows that have something to send, and when. */
  listDue: (looked: Looked) => Promise<readonly DueWebhook[]>;
  /** Unix milliseconds. */
  now: () => number;
  /** A clock that nobody sets. */
  monotonicMs: () => number;
}

interface Kept {
  untilMs: number;
  /** What waits elsewhere than in the lanes that are looked at each time. */
  others: ReadonlyMap<string, readonly Waiting[]>;
  /** What is due elsewhere until then, and what comes next. */
  due: readonly DueWebhook[];
}

/**
 * Lists who has something to send, in the order of their ids. When thousands of webhooks wait, as their receivers are all at
 * one place that is away, only what is new is looked for each time: a retry may be a moment late, what has just come may not.
 */
export function createDueListing(options: DueListingOptions): () => Promise<DueWebhook[]> {
  const { look, listDue, now, monotonicMs } = options;
  let kept: Kept | undefined;

  async function listAll(): Promise<DueWebhook[]> {
    const startedAtMs = monotonicMs();
    const looked = await look(allLanes);
    const due = inOrder(await listDue(looked));
    const tookMs = monotonicMs() - startedAtMs;
    const keptMs = keptPerWork * tookMs;
    kept =
      tookMs < briefMs
        ? undefined
        : { untilMs: monotonicMs() + keptMs, ...keep(looked.rows, due, now() + keptMs) };
    return due;
  }

  async function listNew({ others, due }: Kept): Promise<DueWebhook[]> {
    const { rows, byId } = await look(newLanes);
    const ids = new Set(rows.map(({ webhook_id }) => webhook_id));
    const elsewhere = [...ids].flatMap((id) => others.get(id) ?? []);
    const fresh = await listDue({ rows: [...rows, ...elsewhere], byId });
    return inOrder([...fresh, ...due.filter(({ webhookId }) => !ids.has(webhookId)).flatMap(startAnew)]);
  }

  return () => (kept && monotonicMs() < kept.untilMs ? listNew(kept) : listAll());
}

function keep(rows: readonly Waiting[], due: readonly DueWebhook[], untilMs: number): Omit<Kept, "untilMs"> {
  const others = Map.groupBy(rows.filter(isElsewhere), ({ webhook_id }) => webhook_id);
  const waiting = due.filter(({ webhookId }) => others.has(webhookId));
  const isLater = ({ dueAt }: DueWebhook) => dueAt.getTime() > untilMs;
  const [next] = waiting.filter(isLater).sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime());
  return { others, due: [...waiting.filter((webhook) => !isLater(webhook)), ...(next ? [next] : [])] };
}

function isElsewhere({ lane }: { lane: number }): boolean {
  return lane > newLanes.to;
}

/**
 * As if it had been listed anew: claims begin at the beginning once more, but not where they have found all there was. The
 * lanes are the same as before, so that each claim is known here.
 */
function startAnew(webhook: DueWebhook): DueWebhook[] {
  const left = webhook.lanes.filter((lane) => isElsewhere(lane) && !lane.isPerhapsEmpty);
  for (const lane of left) delete lane.claimedTo;
  return left.length > 0 ? [{ ...webhook, lanes: left }] : [];
}

function inOrder(due: readonly DueWebhook[]): DueWebhook[] {
  return due.toSorted((a, b) => (a.webhookId < b.webhookId ? -1 : Number(a.webhookId > b.webhookId)));
}
