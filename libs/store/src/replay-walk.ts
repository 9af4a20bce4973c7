import { payloadReader, wants, type Webhook } from "@sidehook/delivery";
import { sql, type Expression, type Kysely, type SqlBool } from "kysely";
import type { StoreContext } from "./context.ts";
import { deliveryConditions } from "./delivery-list.ts";
import { hasPayload, isErased } from "./erased.ts";
import { eventConditions } from "./history.ts";
import { toEvent } from "./rows.ts";
import type { EventRow, Schema } from "./schema.ts";
import type { ReplayFilter } from "./replay.ts";

/** Where a walk stands: time and row number of the last row that was looked at. */
export interface Position {
  at: number;
  seq: number;
}

export const beginning: Position = { at: -1, seq: -1 };

/** How far one step of a walk goes. */
export interface Step {
  filter: ReplayFilter;
  after: Position;
  /** Rows that were written later are left out. */
  endSeq: number;
  /** How many rows are looked at, and how many of those that match are taken. */
  lookedAt: number;
  taken: number;
}

export interface Found<Row> {
  rows: Row[];
  /** Where the next step begins; null at the end. */
  next: Position | null;
}

/** Few rows of a long log may match; those that do not are cheap. Events are read with their payload. */
const lookedAtPerTurn = { deliveries: 2_000, events: 500 };

/** The next step through what a replay is about. */
export async function find(
  context: StoreContext,
  step: Omit<Step, "lookedAt">,
  webhook: Webhook | undefined,
): Promise<Found<Position | MissingEvent>> {
  const lookedAt = step.filter.missing ? lookedAtPerTurn.events : lookedAtPerTurn.deliveries;
  const bounded = { ...step, lookedAt, taken: Math.min(step.taken, lookedAt + 1) };
  if (!step.filter.missing) return findDeliveries(context, bounded);
  if (!webhook) return { rows: [], next: null };
  const { rows, next } = await findMissing(context, bounded, webhook);
  return { rows: rows.filter((row) => isWanted(webhook, row)), next };
}

/** True if the webhook wants the event now. */
export function isWanted(webhook: Webhook, row: MissingEvent): boolean {
  const event = toEvent(row);
  return wants(webhook, event, payloadReader(event));
}

/**
 * The next deliveries that match, the oldest first. Time and row number of a delivery never change,
 * whatever is done with it meanwhile.
 */
async function findDeliveries({ db, dialect }: StoreContext, step: Step): Promise<Found<Position>> {
  const { indexed } = deliveryConditions(step.filter);
  const stretch = await db
    .selectFrom("deliveries")
    .select(["seq", "created_at as at"])
    .where((where) => where.and(indexed))
    .where("seq", "<=", step.endSeq)
    .where((where) =>
      where(where.refTuple("created_at", "seq"), ">", where.tuple(step.after.at, step.after.seq)),
    )
    .orderBy("created_at")
    .orderBy("seq")
    .limit(step.lookedAt)
    .execute();
  const rows = await db
    .selectFrom("deliveries")
    .select(["seq", "created_at as at"])
    .where(
      dialect.isOneOf(
        sql.ref("seq"),
        stretch.map(({ seq }) => seq),
      ),
    )
    .where((where) => where.and(isMeant(db, step.filter)))
    .orderBy("created_at")
    .orderBy("seq")
    .limit(step.taken)
    .execute();
  return { rows, next: nextPosition({ step, stretch, rows }) };
}

/** What the filter says; tests and what belonged to a deleted webhook are left out. */
export function isMeant(db: Kysely<Schema>, filter: ReplayFilter): Expression<SqlBool>[] {
  const { indexed, others } = deliveryConditions(filter);
  const webhooks = db.selectFrom("webhooks").select("id").where("deleted_at", "is", null);
  return [
    ...indexed,
    ...others,
    hasPayload,
    sql<SqlBool>`deliveries.is_test = 0 and deliveries.webhook_id in ${webhooks}`,
  ];
}

export type MissingEvent = Pick<EventRow, "id" | "type" | "occurred_at" | "context" | "payload" | "site_id"> &
  Position;

/** The next events without a delivery to this webhook, the oldest first; whether it wants them is yet to be seen. */
async function findMissing(
  { db, dialect }: StoreContext,
  step: Step,
  webhook: { id: string; events: readonly string[] },
): Promise<Found<MissingEvent>> {
  const { eventType: type, siteId, since, until } = step.filter;
  const { indexed, others } = eventConditions({ type, siteId, since, until });
  const stretch = await db
    .selectFrom("events")
    .select(["seq", "received_at as at"])
    .where((where) => where.and(indexed))
    .where("seq", "<=", step.endSeq)
    .where((where) =>
      where(where.refTuple("received_at", "seq"), ">", where.tuple(step.after.at, step.after.seq)),
    )
    .orderBy("received_at")
    .orderBy("seq")
    .limit(step.lookedAt)
    .execute();
  const hasNone = sql<SqlBool>`not exists (
    select 1 from deliveries where deliveries.event_seq = events.seq and deliveries.webhook_id = ${webhook.id})`;
  const isExact = webhook.events.every((pattern) => !pattern.endsWith("*"));
  const rows = await db
    .selectFrom("events")
    .select(["seq", "received_at as at", "id", "type", "occurred_at", "context", "payload", "site_id"])
    .where(
      dialect.isOneOf(
        sql.ref("seq"),
        stretch.map(({ seq }) => seq),
      ),
    )
    .where((where) => where.and(others))
    .where("is_test", "=", 0)
    .where((where) => where.not(isErased))
    .$if(isExact, (query) => query.where(dialect.isOneOf(sql.ref("type"), webhook.events)))
    .where(hasNone)
    .orderBy("received_at")
    .orderBy("seq")
    .limit(step.taken)
    .execute();
  return { rows, next: nextPosition({ step, stretch, rows }) };
}

interface Looked {
  step: Step;
  stretch: readonly Position[];
  rows: readonly Position[];
}

function nextPosition({ step, stretch, rows }: Looked): Position | null {
  const last = rows.length === step.taken ? rows.at(-1) : undefined;
  if (last) return { at: last.at, seq: last.seq };
  return stretch.length < step.lookedAt ? null : (stretch.at(-1) ?? null);
}
