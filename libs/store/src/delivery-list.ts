import type { FailureClass } from "@sidehook/delivery";
import { expressionBuilder, sql, type Expression, type Kysely, type SqlBool } from "kysely";
import type { StoreContext } from "./context.ts";
import { toDelivery, type DeliveryListRow } from "./rows.ts";
import type { Schema } from "./schema.ts";
import { searchedAbout, stretchAbout } from "./search.ts";
import type { Delivery, DeliveryFilter, Page, PageRequest } from "./store.ts";
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
import { isWaiting, shownState } from "./under-way.ts";

/** How many deliveries one call looks at when an index alone does not find them. */
const searchedDeliveries = 10_000;

/** What the index of causes holds: failed, or waiting for a retry. SQLite takes it for exactly this text only. */
export const isFailing = sql<SqlBool>`deliveries.failure_class is not null and deliveries.is_test = 0`;

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
      shownState.as("state"),
      "deliveries.due_at",
      "deliveries.attempt_count",
      "deliveries.failure_class",
      "deliveries.created_at",
      "deliveries.finished_at",
      "events.id as event_id",
      "webhooks.name as webhook_name",
    ]);
}

/** Newest first; what `q` is about, a text in its payload, or the very one of that id. */
export async function listDeliveries(
  context: StoreContext,
  { q, ...filter }: DeliveryFilter,
  page: PageRequest,
): Promise<Page<Delivery>> {
  const { db, dialect } = context;
  if (q === undefined) return list(db, { ...byTime(filter), page });
  const exact = await list(db, { ...byTime(filter, [isNamed(q)]), page });
  if (exact.data.length > 0) return exact;
  const subjects = subjectsIn(q);
  if (subjects.length > 0) {
    const stretch = await stretchAbout(context, subjects, "deliveries");
    const { indexed, others } = deliveryConditions(filter);
    return list(db, { stretch, others: [...indexed, ...others], searched: searchedAbout, page });
  }
  const columns = [sql.ref("deliveries.event_type"), sql.ref("events.payload")];
  const { stretch, others } = byTime(filter);
  const contains = anyOf(columns.map((column) => dialect.isLike(column, patternOf(q))));
  return list(db, { stretch, others: [...others, contains], searched: searchedPayloads, page });
}

interface ListOf {
  stretch: Stretch;
  others: readonly Expression<SqlBool>[];
  searched: number | null;
  page: PageRequest;
}

/** By the time, with whatever narrows it down first. */
function byTime(filter: DeliveryFilter, first: readonly Expression<SqlBool>[] = []): Omit<ListOf, "page"> {
  const { indexed, others } = deliveryConditions(filter, first);
  const stretch = stretchOf("deliveries", "created_at", indexed);
  return { stretch, others, searched: others.length > 0 ? searchedDeliveries : null };
}

function list(db: Kysely<Schema>, { stretch, others, searched, page }: ListOf): Promise<Page<Delivery>> {
  return listStretch<DeliveryListRow & Position, Delivery>(db, {
    page,
    stretch,
    searched,
    toItem: toDelivery,
    read: (looked, limit) =>
      selectDeliveries(db)
        .innerJoin(looked.as("stretch"), (join) => join.onRef("stretch.seq", "=", "deliveries.seq"))
        .select("stretch.at")
        .where((where) => where.and(others))
        .orderBy("stretch.at", "desc")
        .orderBy("stretch.seq", "desc")
        .limit(limit)
        .execute(),
  });
}

interface Conditions {
  indexed: Expression<SqlBool>[];
  others: Expression<SqlBool>[];
}

/** The filters in the order in which they are likely to leave little; `first` before all of them. */
export function deliveryConditions(
  filter: Omit<DeliveryFilter, "q">,
  first: readonly Expression<SqlBool>[] = [],
): Conditions {
  const { webhookId, eventId, eventType, state, siteId, failureClass, since, until } = filter;
  const where = expressionBuilder<Schema, "deliveries">();
  const equal = [...first];
  if (eventId !== undefined) equal.push(isOfEvent(eventId));
  if (failureClass !== undefined) equal.push(hasCause(failureClass, webhookId));
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

/** By its own id or that of its event. */
function isNamed(id: string): Expression<SqlBool> {
  return anyOf([expressionBuilder<Schema, "deliveries">()("deliveries.id", "=", id), isOfEvent(id)]);
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

/** With what lets SQLite see which index it can use; the few that are being sent are found first, whatever the order. */
function isInState(state: NonNullable<DeliveryFilter["state"]>): Expression<SqlBool> {
  if (state === "sending") {
    return sql<SqlBool>`deliveries.seq in (select seq from sending)`;
  }
  return state === "pending"
    ? sql<SqlBool>`${isWaiting} and deliveries.finished_at is null`
    : sql<SqlBool>`deliveries.state = ${sql.lit(state)} and deliveries.state <> 'delivered' and deliveries.finished_at is not null`;
}

/** Of one webhook through the index of causes; the failures of all have none of their own. */
function hasCause(failureClass: FailureClass, webhookId: string | undefined): Expression<SqlBool> {
  const isOfWebhook = webhookId === undefined ? sql`` : sql` and deliveries.webhook_id = ${webhookId}`;
  return sql<SqlBool>`${isFailing} and deliveries.failure_class = ${failureClass}${isOfWebhook}`;
}
