import type { Sidecar } from "../sidecar.ts";
import { keyOf, type Visit, type Witness } from "./witness.ts";

/** What the killed had written to the wire is still read for as long; nobody is there again by then. */
const wireMs = 300;
const states = ["pending", "sending", "delivered", "failed", "cancelled"] as const;
const unfinished = new Set<(typeof states)[number]>(["pending", "sending"]);

/** What a run comes to. Lost, doubled and unexplained must be 0. */
export interface Books {
  /** Events acknowledged with a 202. */
  acknowledged: number;
  webhooks: number;
  /** Deliveries by state, as the API tells. */
  states: Record<(typeof states)[number], number>;
  /** Owed to a webhook, and neither delivered to its receiver nor to be found in the API. */
  lost: number;
  /** Deliveries beyond one for each event and webhook. */
  doubled: number;
  /** Attempts that a receiver saw once more, with the same number. */
  duplicates: number;
  /** Duplicates with no kill between the two, or with another id or body. */
  unexplained: number;
  /** The most duplicates that came of one kill. */
  mostOfOneKill: number;
}

export interface BooksOf {
  sidecar: Pick<Sidecar, "call">;
  witness: Witness;
  /** Ids of the events that were acknowledged. */
  acknowledged: readonly string[];
  webhookIds: readonly string[];
  /** When sidecars were killed, by `performance.now()`. */
  killedAt: readonly number[];
}

interface ListedDelivery {
  id: string;
  eventId: string;
  webhookId: string;
  state: (typeof states)[number];
}

/**
 * Compares what was acknowledged, what the API says became of it, and what the receivers saw.
 *
 * @throws Error when an answer of the API is not a list
 */
export async function closeBooks({
  sidecar,
  witness,
  acknowledged,
  webhookIds,
  killedAt,
}: BooksOf): Promise<Books> {
  const listed = await listDeliveries(sidecar);
  const stateOf = new Map(listed.map((each) => [keyOf(each.eventId, each.webhookId), each.state]));
  const isLost = (eventId: string, webhookId: string) => {
    const state = stateOf.get(keyOf(eventId, webhookId));
    return state === undefined || (state === "delivered" && !witness.hasDelivered(eventId, webhookId));
  };
  const lost = acknowledged.flatMap((id) => webhookIds.filter((webhookId) => isLost(id, webhookId)));
  return {
    acknowledged: acknowledged.length,
    webhooks: webhookIds.length,
    states: countStates(listed),
    lost: lost.length,
    doubled: listed.length - stateOf.size,
    ...explainDuplicates(witness.visits, killedAt),
  };
}

/** Every delivery there is, page by page. */
export async function listDeliveries({ call }: Pick<Sidecar, "call">): Promise<ListedDelivery[]> {
  const all: ListedDelivery[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const { status, body } = await call("GET", `/v1/deliveries?limit=200${cursor && `&cursor=${cursor}`}`);
    if (status !== 200) throw new Error(`the list of deliveries answered ${status}`);
    const page = body as { data: ListedDelivery[]; nextCursor: string | null };
    all.push(...page.data);
    cursor = page.nextCursor;
  }
  return all;
}

/** Whether the API knows of any delivery that is neither delivered, failed nor cancelled. */
export async function isAnyUnfinished({ call }: Pick<Sidecar, "call">): Promise<boolean> {
  for (const state of unfinished) {
    const { body } = await call("GET", `/v1/deliveries?limit=1&state=${state}`);
    if ((body as { data: unknown[] }).data.length > 0) return true;
  }
  return false;
}

/** The same for certain: a delivery that is rescued between two questions by state is seen by neither. */
export async function haveAllEnded(sidecar: Pick<Sidecar, "call">): Promise<boolean> {
  if (await isAnyUnfinished(sidecar)) return false;
  return (await listDeliveries(sidecar)).every(({ state }) => !unfinished.has(state));
}

function countStates(listed: readonly ListedDelivery[]): Books["states"] {
  const counts = { pending: 0, sending: 0, delivered: 0, failed: 0, cancelled: 0 };
  for (const { state } of listed) counts[state]++;
  return counts;
}

/** The same attempt may come again only when its sender was killed in between, and then unchanged. */
function explainDuplicates(visits: readonly Visit[], killedAt: readonly number[]) {
  const earlier = new Map<string, Visit>();
  const byKill = new Map<number, number>();
  let duplicates = 0;
  let unexplained = 0;
  for (const visit of visits) {
    const key = `${visit.deliveryId} ${visit.attempt}`;
    const before = earlier.get(key);
    earlier.set(key, visit);
    if (!before) continue;
    duplicates++;
    const kill = killedAt.findIndex((at) => before.at <= at + wireMs && at <= visit.at);
    byKill.set(kill, (byKill.get(kill) ?? 0) + 1);
    if (kill === -1 || !isSame(before, visit)) unexplained++;
  }
  return { duplicates, unexplained, mostOfOneKill: Math.max(0, ...byKill.values()) };
}

function isSame(a: Visit, b: Visit): boolean {
  return a.eventId === b.eventId && a.webhookId === b.webhookId && a.bodyHash === b.bodyHash;
}
