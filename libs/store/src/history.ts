import { shownState } from "./under-way.ts";
import { payloadReader, refusalOf } from "@sidehook/delivery";
import { expressionBuilder, sql, type Expression, type Kysely, type SqlBool } from "kysely";
import type { StoreContext } from "./context.ts";
import { toEvent, toEventSummary, toStoredEvent, toWebhook, type EventSummaryRow } from "./rows.ts";
import type { Schema } from "./schema.ts";
import { searchedAbout, stretchAbout } from "./search.ts";
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
import {
  anyOf,
  listStretch,
  patternOf,
  searchedPayloads,
  stretchOf,
  type Position,
  type Stretch,
} from "./stretch.ts";
import { subjectsIn } from "./subjects.ts";

/** How many events one call looks at when an index alone does not find them. */
const searchedEvents = 10_000;

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
  return toStoredEvent(row);
}

const summaryColumns = [
  "events.seq",
  "events.id",
  "type",
  "occurred_at",
  "events.received_at",
  "is_test",
  "context",
] as const;

/** An event whose id is the text looked for is found however old it is, and so is what the text says it is about. */
async function listEvents(
  context: StoreContext,
  filter: EventFilter,
  page: PageRequest,
): Promise<Page<EventSummary>> {
  const { db, dialect } = context;
  const { q } = filter;
  const exact = await findById(db, q);
  if (exact) return { data: [exact], nextCursor: null };
  const { indexed, others } = eventConditions(filter);
  const subjects = q === undefined ? [] : subjectsIn(q);
  if (subjects.length > 0) {
    const stretch = await stretchAbout(context, subjects, "events");
    return list(db, { stretch, others: [...indexed, ...others], searched: searchedAbout, page });
  }
  const stretch = stretchOf("events", "received_at", indexed);
  if (q === undefined) {
    return list(db, { stretch, others, searched: others.length > 0 ? searchedEvents : null, page });
  }
  const columns = [sql.ref("events.id"), sql.ref("events.type"), sql.ref("events.payload")];
  const contains = anyOf(columns.map((column) => dialect.isLike(column, patternOf(q))));
  return list(db, { stretch, others: [...others, contains], searched: searchedPayloads, page });
}

interface ListOf {
  stretch: Stretch;
  others: readonly Expression<SqlBool>[];
  searched: number | null;
  page: PageRequest;
}

function list(db: Kysely<Schema>, { stretch, others, searched, page }: ListOf): Promise<Page<EventSummary>> {
  return listStretch<EventSummaryRow & Position, EventSummary>(db, {
    page,
    stretch,
    searched,
    toItem: toEventSummary,
    read: (looked, limit) =>
      db
        .selectFrom("events")
        .innerJoin(looked.as("stretch"), (join) => join.onRef("stretch.seq", "=", "events.seq"))
        .select(summaryColumns)
        .select("stretch.at")
        .where((where) => where.and(others))
        .orderBy("stretch.at", "desc")
        .orderBy("stretch.seq", "desc")
        .limit(limit)
        .execute(),
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

/** The filters in the order in which they are likely to leave little, without the text. */
export function eventConditions({ type, isOfNetwork, siteId, since, until }: EventFilter): Conditions {
  const where = expressionBuilder<Schema, "events">();
  const equal: Expression<SqlBool>[] = [];
  if (siteId !== undefined) equal.push(where("events.site_id", "=", siteId));
  if (type !== undefined) equal.push(where("events.type", "=", type));
  const [best, ...others] = equal;
  if (isOfNetwork) others.push(sql<SqlBool>`events.type not like 'sidehook.%'`);
  const indexed = best ? [best] : [];
  if (since) indexed.push(where("events.received_at", ">=", since.getTime()));
  if (until) indexed.push(where("events.received_at", "<", until.getTime()));
  return { indexed, others };
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
    .select(["deliveries.id as delivery_id", shownState.as("state"), "attempt_count", "failure_class"])
    .where((where) => where.or([where("deleted_at", "is", null), where("deliveries.id", "is not", null)]))
    .$if(event.is_test === 1, (query) => query.where("deliveries.id", "is not", null))
    .orderBy("webhooks.id", "desc")
    .execute();
  const readPayload = payloadReader(event);
  return rows.map((row) => ({
    webhookId: row.id,
    webhookName: row.name,
    deliveryId: row.delivery_id,
    delivery:
      row.delivery_id === null
        ? null
        : { state: row.state, attemptCount: row.attempt_count ?? 0, failureClass: row.failure_class },
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
