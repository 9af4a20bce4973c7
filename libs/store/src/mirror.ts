import { webhookDefaults, type Webhook } from "@sidehook/delivery";
import { sql, type Kysely, type Transaction } from "kysely";
import type { StoreContext } from "./context.ts";
import { toWebhook } from "./rows.ts";
import type { Schema } from "./schema.ts";
import { changeList, changeWebhook, insertWebhook } from "./webhooks.ts";

/** What another system says about one of its webhooks; the rest of a webhook is ours, and stays as it is. */
export interface MirroredWebhook {
  /** Names it in the other system. */
  externalId: string;
  name: string;
  url: string;
  events: readonly string[];
  /** Left out: as it is, and active when it is new. */
  isActive?: boolean;
}

export interface MirrorRequest {
  /** The other system, as in `Webhook.source`. */
  source: string;
  webhooks: readonly MirroredWebhook[];
  now: Date;
}

/** `id` is null for what would be created but was only asked about. */
export interface MirrorResult {
  externalId: string;
  id: string | null;
  status: "created" | "updated" | "unchanged";
}

/** How often deliveries of a mirrored webhook succeeded. */
export interface DeliveredCount {
  externalId: string;
  delivered: number;
}

/** The part of the store that mirrors the webhooks of another system. */
export interface MirrorStore {
  /** Tells what `mirrorWebhooks` would do. */
  planMirror(request: Omit<MirrorRequest, "now">): Promise<MirrorResult[]>;
  /** Makes and changes webhooks so that they are as the other system says, all in one transaction; repeating it changes nothing. */
  mirrorWebhooks(request: MirrorRequest): Promise<MirrorResult[]>;
  /** All webhooks of a source. */
  listMirrored(source: string): Promise<Webhook[]>;
  /** Of whole hours: both times are rounded down. Tests do not count. */
  countDelivered(source: string, period: { since: Date; until: Date }): Promise<DeliveredCount[]>;
}

export function createMirror(context: StoreContext): MirrorStore {
  return {
    planMirror: async (request) => plan(await findPresent(context.db, request), request).map(toResult),
    mirrorWebhooks: (request) => mirrorWebhooks(context, request),
    listMirrored: (source) => listMirrored(context, source),
    countDelivered: (source, period) => countDelivered(context, source, period),
  };
}

interface Step {
  wanted: MirroredWebhook;
  present: Webhook | undefined;
  status: MirrorResult["status"];
}

/** Looks first: to lock the list of webhooks for nothing would make those wait who accept events. */
async function mirrorWebhooks(context: StoreContext, request: MirrorRequest): Promise<MirrorResult[]> {
  const found = plan(await findPresent(context.db, request), request);
  if (found.every(({ status }) => status === "unchanged")) return found.map(toResult);
  const results = await changeList(context, async (trx) => {
    const steps = plan(await findPresent(trx, request), request);
    const done: MirrorResult[] = [];
    for (const step of steps)
      done.push({ ...toResult(step), id: await take(context, trx, { step, request }) });
    return done;
  });
  context.signal.send();
  return results;
}

async function take(
  context: StoreContext,
  trx: Transaction<Schema>,
  { step: { wanted, present, status }, request }: { step: Step; request: MirrorRequest },
): Promise<string> {
  if (!present) {
    const input = { ...webhookDefaults, ...wanted, source: request.source };
    return (await insertWebhook(context, trx, { input, now: request.now })).webhook.id;
  }
  if (status === "updated") await changeWebhook(trx, { id: present.id, changes: wanted, now: request.now });
  return present.id;
}

function plan(found: ReadonlyMap<string, Webhook>, { webhooks }: Pick<MirrorRequest, "webhooks">): Step[] {
  return webhooks.map((wanted) => {
    const present = found.get(wanted.externalId);
    if (!present) return { wanted, present, status: "created" };
    return { wanted, present, status: isSame(present, wanted) ? "unchanged" : "updated" };
  });
}

function isSame(
  present: Webhook,
  { name, url, events, isActive = present.isActive }: MirroredWebhook,
): boolean {
  return (
    present.name === name &&
    present.url === url &&
    present.isActive === isActive &&
    JSON.stringify(present.events) === JSON.stringify(events)
  );
}

function toResult({ wanted: { externalId }, present, status }: Step): MirrorResult {
  return { externalId, id: present?.id ?? null, status };
}

/** Should one have come to be twice, the older is the one that counts. */
async function findPresent(
  db: Kysely<Schema>,
  { source, webhooks }: Pick<MirrorRequest, "source" | "webhooks">,
): Promise<Map<string, Webhook>> {
  const rows = await db
    .selectFrom("webhooks")
    .selectAll()
    .where("source", "=", source)
    .where("deleted_at", "is", null)
    .where(
      "external_id",
      "in",
      webhooks.map(({ externalId }) => externalId),
    )
    .orderBy("id", "desc")
    .execute();
  return new Map(rows.map((row) => [row.external_id ?? "", toWebhook(row)]));
}

async function listMirrored({ db }: StoreContext, source: string): Promise<Webhook[]> {
  const rows = await db
    .selectFrom("webhooks")
    .selectAll()
    .where("source", "=", source)
    .where("deleted_at", "is", null)
    .orderBy("id")
    .execute();
  return rows.map(toWebhook);
}

const hourMs = 3_600_000;

async function countDelivered(
  { db }: StoreContext,
  source: string,
  { since, until }: { since: Date; until: Date },
): Promise<DeliveredCount[]> {
  const rows = await db
    .selectFrom("webhooks")
    .innerJoin("webhook_hours", "webhook_hours.webhook_id", "webhooks.id")
    .select(["external_id", sql<number>`cast(sum(delivered) as bigint)`.as("delivered")])
    .where("source", "=", source)
    .where("hour_at", ">=", since.getTime() - (since.getTime() % hourMs))
    .where("hour_at", "<", until.getTime() - (until.getTime() % hourMs))
    .groupBy("external_id")
    .execute();
  return rows
    .filter(({ delivered }) => delivered > 0)
    .map(({ external_id, delivered }) => ({ externalId: external_id ?? "", delivered }));
}
