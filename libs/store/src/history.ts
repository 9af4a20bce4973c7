import { refusalOf } from "@sidehook/delivery";
import { sql, type ExpressionBuilder, type ExpressionWrapper, type Kysely, type SqlBool } from "kysely";
import type { StoreContext } from "./context.ts";
import { selectDeliveries } from "./deliveries.ts";
import { pageOf, parseCursor, toCursor } from "./page.ts";
import { toDelivery, toEvent, toEventSummary, toWebhook } from "./rows.ts";
import type { Schema } from "./schema.ts";
import {
  NotFoundError,
  type Delivery,
  type DeliveryFilter,
  type EventFilter,
  type EventOutcome,
  type EventSummary,
  type Page,
  type PageRequest,
  type Store,
  type StoredEvent,
} from "./store.ts";

/** How many events one call searches for a text: their payloads have to be read, and the log may be long. */
const searchedEvents = 2_000;

type History = Pick<
  Store,
  "getEvent" | "listEvents" | "listEventOutcomes" | "listLastSeen" | "listDeliveries"
>;

/** What has happened: newest first, by time and row number, through an index for each filter. */
export function createHistory(context: StoreContext): History {
  return {
    getEvent: (id) => getEvent(context.db, id),
    listEvents: (filter, page) =>
      filter.q === undefined ? listEvents(context, filter, page) : searchEvents(context, filter, page),
    listEventOutcomes: (eventId) => listEventOutcomes(context.db, eventId),
    listLastSeen: () => listLastSeen(context.db),
    listDeliveries: (filter, page) => listDeliveries(context.db, filter, page),
  };
}

async function getEvent(db: Kysely<Schema>, id: string): Promise<StoredEvent> {
  const row = await db
    .selectFrom("events")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirstOrThrow(() => new NotFoundError(`event ${id}`));
  return { ...toEvent(row), isTest: row.is_test === 1, receivedAt: new Date(row.received_at) };
}

function eventConditions({ type, siteId, since, until }: EventFilter, key: [number, number] | undefined) {
  return (where: ExpressionBuilder<Schema, "events">) => {
    const conditions: ExpressionWrapper<Schema, "events", SqlBool>[] = [];
    if (type !== undefined) conditions.push(where("type", "=", type));
    if (siteId !== undefined) conditions.push(where("site_id", "=", siteId));
    if (since) conditions.push(where("received_at", ">=", since.getTime()));
    if (until) conditions.push(where("received_at", "<", until.getTime()));
    if (key) conditions.push(where(where.refTuple("received_at", "seq"), "<", where.tuple(...key)));
    return where.and(conditions);
  };
}

const summaryColumns = ["seq", "id", "type", "occurred_at", "received_at", "is_test", "context"] as const;

async function listEvents(
  { db }: StoreContext,
  filter: EventFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<EventSummary>> {
  const rows = await db
    .selectFrom("events")
    .select(summaryColumns)
    .where(eventConditions(filter, parseCursor(cursor, ["number", "number"])))
    .orderBy("received_at", "desc")
    .orderBy("seq", "desc")
    .limit(limit + 1)
    .execute();
  return pageOf(rows, { limit, toItem: toEventSummary, keyOf: (row) => [row.received_at, row.seq] });
}

/**
 * Looks for a text in a stretch of the log. A page may so hold fewer events than asked for, or none, and still have
 * a next one. An event whose id is the text is found however old it is.
 */
async function searchEvents(
  { db, dialect }: StoreContext,
  { q = "", ...filter }: EventFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<EventSummary>> {
  const exact = await db.selectFrom("events").select(summaryColumns).where("id", "=", q).execute();
  if (exact.length > 0) return { data: exact.map(toEventSummary), nextCursor: null };
  const isFound = sql<boolean>`(${sql.join(
    ["id", "type", "payload"].map((column) => dialect.isLike(sql.ref(column), patternOf(q))),
    sql` or `,
  )})`;
  const stretch = await db
    .selectFrom("events")
    .select(summaryColumns)
    .select(sql<number>`case when ${isFound} then 1 else 0 end`.as("is_found"))
    .where(eventConditions(filter, parseCursor(cursor, ["number", "number"])))
    .orderBy("received_at", "desc")
    .orderBy("seq", "desc")
    .limit(searchedEvents)
    .execute();
  const found = stretch.filter((row) => row.is_found === 1);
  const end = found.length > limit ? found[limit - 1] : stretch[searchedEvents - 1];
  return {
    data: found.slice(0, limit).map(toEventSummary),
    nextCursor: end ? toCursor([end.received_at, end.seq]) : null,
  };
}

/** What contains the text. NUL, which no stored text has, would end the pattern for SQLite. */
function patternOf(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, "\\$&").replaceAll("\0", "\uFFFD")}%`;
}

/** Of a test event only the webhook it was for counts. */
async function listEventOutcomes(db: Kysely<Schema>, eventId: string): Promise<EventOutcome[]> {
  const event = await db
    .selectFrom("events")
    .selectAll()
    .where("id", "=", eventId)
    .executeTakeFirstOrThrow(() => new NotFoundError(`event ${eventId}`));
  const rows = await db
    .selectFrom("webhooks")
    .leftJoin("deliveries", (join) =>
      join.onRef("deliveries.webhook_id", "=", "webhooks.id").on("deliveries.event_seq", "=", event.seq),
    )
    .selectAll("webhooks")
    .select("deliveries.id as delivery_id")
    .where((where) => where.or([where("deleted_at", "is", null), where("deliveries.id", "is not", null)]))
    .where(event.is_test === 1 ? sql<boolean>`deliveries.id is not null` : sql<boolean>`1 = 1`)
    .orderBy("webhooks.id", "desc")
    .execute();
  return rows.map((row) => ({
    webhookId: row.id,
    webhookName: row.name,
    deliveryId: row.delivery_id,
    reason: row.delivery_id === null ? refusalOf(toWebhook(row), toEvent(event)) : null,
  }));
}

/** Jumps from one event type to the next, so that the length of the log does not matter. */
async function listLastSeen(db: Kysely<Schema>): Promise<Map<string, Date>> {
  const { rows } = await sql<{ type: string; last_seen: number | null }>`
    with recursive seen (type) as (
      select (select type from events order by type limit 1)
      union all
      select (select type from events where type > seen.type order by type limit 1)
      from seen where seen.type is not null)
    select type, (
      select received_at from events where events.type = seen.type and is_test = 0
      order by received_at desc limit 1) as last_seen
    from seen where type is not null`.execute(db);
  return new Map(
    rows.flatMap(({ type, last_seen }) => (last_seen === null ? [] : [[type, new Date(last_seen)] as const])),
  );
}

async function listDeliveries(
  db: Kysely<Schema>,
  filter: DeliveryFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<Delivery>> {
  const rows = await selectDeliveries(db)
    .where(deliveryConditions(filter, parseCursor(cursor, ["number", "number"])))
    .orderBy("deliveries.created_at", "desc")
    .orderBy("deliveries.seq", "desc")
    .limit(limit + 1)
    .execute();
  return pageOf(rows, { limit, toItem: toDelivery, keyOf: (row) => [row.created_at, row.seq] });
}

type DeliveryTables = "deliveries" | "events" | "webhooks";

function deliveryConditions(filter: DeliveryFilter, key: [number, number] | undefined) {
  const { webhookId, eventId, eventType, state, siteId, since, until, q } = filter;
  return (where: ExpressionBuilder<Schema, DeliveryTables>) => {
    const conditions: ExpressionWrapper<Schema, DeliveryTables, SqlBool>[] = [];
    const eventSeqOf = (id: string) =>
      where("event_seq", "=", where.selectFrom("events as one").select("one.seq").where("one.id", "=", id));
    if (webhookId !== undefined) conditions.push(where("webhook_id", "=", webhookId));
    if (eventId !== undefined) conditions.push(eventSeqOf(eventId));
    if (eventType !== undefined) conditions.push(where("event_type", "=", eventType));
    if (state !== undefined) conditions.push(...isInState(where, state));
    if (siteId !== undefined) conditions.push(where("deliveries.site_id", "=", siteId));
    if (since) conditions.push(where("deliveries.created_at", ">=", since.getTime()));
    if (until) conditions.push(where("deliveries.created_at", "<", until.getTime()));
    if (q !== undefined) conditions.push(where.or([where("deliveries.id", "=", q), eventSeqOf(q)]));
    if (key) {
      const position = where.refTuple("deliveries.created_at", "deliveries.seq");
      conditions.push(where(position, "<", where.tuple(...key)));
    }
    return where.and(conditions);
  };
}

/** The indexes by state leave out what was delivered; the second condition lets SQLite see that they apply. */
function isInState(
  where: ExpressionBuilder<Schema, DeliveryTables>,
  state: NonNullable<DeliveryFilter["state"]>,
) {
  const isState = where("state", "=", state);
  return state === "delivered" ? [isState] : [isState, where("state", "<>", sql.lit("delivered"))];
}
