import { payloadReader, refusalOf } from "@sidehook/delivery";
import { expressionBuilder, sql, type Expression, type Kysely, type SqlBool } from "kysely";
import type { StoreContext } from "./context.ts";
import { pageOf, parseCursor } from "./page.ts";
import { toEvent, toEventSummary, toWebhook } from "./rows.ts";
import type { Schema } from "./schema.ts";
import {
  NotFoundError,
  type EventFilter,
  type EventOutcome,
  type EventSummary,
  type Page,
  type PageRequest,
  type Store,
  type StoredEvent,
} from "./store.ts";

/**
 * How many events one call looks at when an index alone does not find them; fewer where payloads have to be read.
 * The log may be long, and on SQLite everything else in the thread waits.
 */
const searchedEvents = 10_000;
const searchedPayloads = 2_000;

/** What has happened: newest first, by time and row number. */
export function createHistory(
  context: StoreContext,
): Pick<Store, "getEvent" | "listEvents" | "listEventOutcomes" | "listLastSeen"> {
  return {
    getEvent: (id) => getEvent(context.db, id),
    listEvents: (filter, page) => listEvents(context, filter, page),
    listEventOutcomes: (eventId) => listEventOutcomes(context.db, eventId),
    listLastSeen: () => listLastSeen(context.db),
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

const summaryColumns = [
  "events.seq",
  "id",
  "type",
  "occurred_at",
  "events.received_at",
  "is_test",
  "context",
] as const;

/**
 * One filter, and the time, go through an index and give a stretch of the log; the others are looked for in it.
 * An event whose id is the text looked for is found however old it is.
 */
async function listEvents(
  { db, dialect }: StoreContext,
  filter: EventFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<EventSummary>> {
  const key = parseCursor(cursor, ["number", "number"]);
  const exact = await findById(db, filter.q);
  if (exact) return { data: [exact], nextCursor: null };
  const { indexed, others } = eventConditions(filter, dialect);
  const searched = filter.q === undefined ? searchedEvents : searchedPayloads;
  const size = others.length > 0 ? searched : limit + 1;
  const stretch = db
    .selectFrom("events")
    .select(["events.seq", "events.received_at"])
    .where((where) => where.and(indexed))
    .$if(key !== undefined, (query) =>
      query.where((where) =>
        where(where.refTuple("received_at", "seq"), "<", where.tuple(key?.[0] ?? 0, key?.[1] ?? 0)),
      ),
    )
    .orderBy("received_at", "desc")
    .orderBy("seq", "desc");
  const rows = await db
    .selectFrom("events")
    .innerJoin(stretch.limit(size).as("stretch"), "stretch.seq", "events.seq")
    .select(summaryColumns)
    .where((where) => where.and(others))
    .orderBy("stretch.received_at", "desc")
    .orderBy("stretch.seq", "desc")
    .limit(limit + 1)
    .execute();
  const isSearch = others.length > 0 && rows.length <= limit;
  const end = isSearch
    ? await stretch
        .offset(size - 1)
        .limit(1)
        .executeTakeFirst()
    : undefined;
  return pageOf(rows, {
    limit,
    toItem: toEventSummary,
    keyOf: (row) => [row.received_at, row.seq],
    searchedTo: end && [end.received_at, end.seq],
  });
}

async function findById(db: Kysely<Schema>, id: string | undefined): Promise<EventSummary | undefined> {
  if (id === undefined) return undefined;
  const row = await db.selectFrom("events").select(summaryColumns).where("id", "=", id).executeTakeFirst();
  return row && toEventSummary(row);
}

interface Conditions {
  indexed: Expression<SqlBool>[];
  others: Expression<SqlBool>[];
}

export function eventConditions(
  { type, siteId, since, until, q }: EventFilter,
  dialect: StoreContext["dialect"],
) {
  const where = expressionBuilder<Schema, "events">();
  const equal: Expression<SqlBool>[] = [];
  if (siteId !== undefined) equal.push(where("events.site_id", "=", siteId));
  if (type !== undefined) equal.push(where("events.type", "=", type));
  const [best, ...others] = equal;
  const indexed = best ? [best] : [];
  if (since) indexed.push(where("events.received_at", ">=", since.getTime()));
  if (until) indexed.push(where("events.received_at", "<", until.getTime()));
  if (q !== undefined) {
    const columns = [sql.ref("events.id"), sql.ref("events.type"), sql.ref("events.payload")];
    others.push(where.or(columns.map((column) => dialect.isLike(column, patternOf(q)))));
  }
  return { indexed, others } satisfies Conditions;
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
    .$if(event.is_test === 1, (query) => query.where("deliveries.id", "is not", null))
    .orderBy("webhooks.id", "desc")
    .execute();
  const readPayload = payloadReader(event);
  return rows.map((row) => ({
    webhookId: row.id,
    webhookName: row.name,
    deliveryId: row.delivery_id,
    reason: row.delivery_id === null ? refusalOf(toWebhook(row), toEvent(event), readPayload) : null,
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
