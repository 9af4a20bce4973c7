import { expressionBuilder, sql, type Expression, type Kysely, type SqlBool } from "kysely";
import { pageOf, parseCursor } from "./page.ts";
import { toDelivery } from "./rows.ts";
import type { Schema } from "./schema.ts";
import type { Delivery, DeliveryFilter, Page, PageRequest } from "./store.ts";

/** How many deliveries one call looks at when an index alone does not find them. */
const searchedDeliveries = 10_000;

/** Deliveries with the names that stand in other tables. */
export function selectDeliveries(db: Kysely<Schema>) {
  return db
    .selectFrom("deliveries")
    .innerJoin("events", "events.seq", "deliveries.event_seq")
    .innerJoin("webhooks", "webhooks.id", "deliveries.webhook_id")
    .select([
      "deliveries.seq",
      "deliveries.id",
      "deliveries.webhook_id",
      "deliveries.event_type",
      "deliveries.site_id",
      "deliveries.is_test",
      "deliveries.state",
      "deliveries.due_at",
      "deliveries.attempt_count",
      "deliveries.failure_class",
      "deliveries.created_at",
      "deliveries.finished_at",
      "events.id as event_id",
      "webhooks.name as webhook_name",
    ]);
}

/** Newest first. One filter, and the time, go through an index and give a stretch of the log; the others are looked for in it. */
export async function listDeliveries(
  db: Kysely<Schema>,
  filter: DeliveryFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<Delivery>> {
  const key = parseCursor(cursor, ["number", "number"]);
  const { indexed, others } = deliveryConditions(filter);
  const size = others.length > 0 ? searchedDeliveries : limit + 1;
  const stretch = db
    .selectFrom("deliveries")
    .select(["deliveries.seq", "deliveries.created_at"])
    .where((where) => where.and(indexed))
    .$if(key !== undefined, (query) =>
      query.where((where) =>
        where(where.refTuple("created_at", "seq"), "<", where.tuple(key?.[0] ?? 0, key?.[1] ?? 0)),
      ),
    )
    .orderBy("created_at", "desc")
    .orderBy("seq", "desc");
  const rows = await selectDeliveries(db)
    .innerJoin(stretch.limit(size).as("stretch"), "stretch.seq", "deliveries.seq")
    .where((where) => where.and(others))
    .orderBy("stretch.created_at", "desc")
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
    toItem: toDelivery,
    keyOf: (row) => [row.created_at, row.seq],
    searchedTo: end && [end.created_at, end.seq],
  });
}

interface Conditions {
  indexed: Expression<SqlBool>[];
  others: Expression<SqlBool>[];
}

/** The filters in the order in which they are likely to leave little. */
export function deliveryConditions(filter: DeliveryFilter): Conditions {
  const { webhookId, eventId, eventType, state, siteId, since, until, q } = filter;
  const where = expressionBuilder<Schema, "deliveries">();
  const equal: Expression<SqlBool>[] = [];
  if (q !== undefined) equal.push(where.or([where("deliveries.id", "=", q), isOfEvent(q)]));
  if (eventId !== undefined) equal.push(isOfEvent(eventId));
  if (webhookId !== undefined) equal.push(isOfWebhook(webhookId, state));
  else if (state !== undefined && state !== "delivered") equal.push(isInState(state));
  if (siteId !== undefined) equal.push(where("deliveries.site_id", "=", siteId));
  if (eventType !== undefined) equal.push(where("deliveries.event_type", "=", eventType));
  const [best, ...others] = equal;
  if (state === "delivered") others.push(where("deliveries.state", "=", state));
  const indexed = best ? [best] : [];
  if (since) indexed.push(where("deliveries.created_at", ">=", since.getTime()));
  if (until) indexed.push(where("deliveries.created_at", "<", until.getTime()));
  return { indexed, others };
}

function isOfEvent(eventId: string): Expression<SqlBool> {
  const where = expressionBuilder<Schema, "deliveries">();
  const event = where.selectFrom("events as event").select("event.seq").where("event.id", "=", eventId);
  return where("deliveries.event_seq", "=", event);
}

/** A webhook's deliveries in a state have an index of their own, but for those that were delivered. */
function isOfWebhook(webhookId: string, state: DeliveryFilter["state"]): Expression<SqlBool> {
  const where = expressionBuilder<Schema, "deliveries">();
  const isOf = where("deliveries.webhook_id", "=", webhookId);
  return state === undefined || state === "delivered" ? isOf : where.and([isOf, isInState(state)]);
}

/** The indexes by state leave out what was delivered; the second condition lets SQLite see that they apply. */
function isInState(state: NonNullable<DeliveryFilter["state"]>): Expression<SqlBool> {
  const where = expressionBuilder<Schema, "deliveries">();
  return where.and([
    where("deliveries.state", "=", state),
    where("deliveries.state", "<>", sql.lit("delivered" as const)),
  ]);
}
