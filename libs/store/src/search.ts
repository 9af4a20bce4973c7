import { sql, type Expression, type Kysely, type RawBuilder, type SqlBool, type Transaction } from "kysely";
import type { StoreContext } from "./context.ts";
import { parseJson, toEvent, toStoredEvent } from "./rows.ts";
import type { EventRow, Schema } from "./schema.ts";
import type { StoredEvent } from "./store.ts";
import type { Position, Stretch } from "./stretch.ts";
import { mainSubjectOf, subjectsOf } from "./subjects.ts";
import { inTransaction } from "./transaction.ts";

const eventsPerTurn = 500;
/** On Postgres a row may appear after one with a higher number, as late as its transaction takes. */
const settleMs = 10_000;
/** What has come since the last turn is read as it is; after a flood the rest is found some seconds later. */
const recentEvents = 500;
/** Deliveries of one search; events without any are passed over. */
export const searchedAbout = 1_000;
/** How far back the previous event is looked for among tests, and numbers of other sites. */
const previousLookedAt = 50;

const position = "subjects_up_to";

/** The part of the store that finds events by what they are about. */
export interface SearchStore {
  /** The event before it that happened to the same object (the payment, the site …): the newest of its type, else of any. */
  findPreviousEvent(id: string): Promise<StoredEvent | undefined>;
  /**
   * Finds out what up to 500 events are about, in one short transaction, so that they are found by it later; until
   * then only the newest 500 are. True if there are more: to be called again and again, by any number of processes.
   */
  indexSubjects(now: Date): Promise<boolean>;
}

export function createSearch(context: StoreContext): SearchStore {
  return {
    indexSubjects: (now) => indexSubjects(context, now),
    findPreviousEvent: (id) => findPreviousEvent(context, id),
  };
}

/** Beside the log and not in the transaction of accepting, which is never made to wait for it. */
async function indexSubjects(context: StoreContext, now: Date): Promise<boolean> {
  const { db } = context;
  if (settled(await readNext(db, await readPosition(db)), now).length === 0) return false;
  return inTransaction(context, async (trx) => {
    const events = settled(await readNext(trx, await lockPosition(context, trx)), now);
    const last = events.at(-1);
    if (!last) return false;
    await insertSubjects(context, trx, events);
    await trx.updateTable("meta").set({ value: last.seq }).where("name", "=", position).execute();
    return events.length === eventsPerTurn;
  });
}

type IndexedEvent = Pick<EventRow, "type" | "payload" | "context" | "received_at"> & { seq: number };

function selectIndexed(db: Kysely<Schema>) {
  return db.selectFrom("events").select(["seq", "type", "payload", "context", "received_at"]);
}

function readNext(db: Kysely<Schema>, after: number): Promise<IndexedEvent[]> {
  return selectIndexed(db).where("seq", ">", after).orderBy("seq").limit(eventsPerTurn).execute();
}

/** The first of them, up to one that is so new that another may still appear before it. */
function settled(events: readonly IndexedEvent[], now: Date): readonly IndexedEvent[] {
  const ms = now.getTime();
  const end = events.findIndex(({ received_at }) => received_at > ms - settleMs && received_at <= ms);
  return end === -1 ? events : events.slice(0, end);
}

async function readPosition(db: Kysely<Schema>): Promise<number> {
  const row = await db.selectFrom("meta").select("value").where("name", "=", position).executeTakeFirst();
  return row?.value ?? 0;
}

/** Whoever has the row goes on; others wait for it and then find it further on. */
export async function lockPosition({ dialect }: StoreContext, trx: Transaction<Schema>): Promise<number> {
  await trx
    .insertInto("meta")
    .values({ name: position, value: 0 })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .execute();
  const { rows } = await sql<{
    value: number;
  }>`select value from meta where name = ${position} ${dialect.lockRows}`.execute(trx);
  return rows[0]?.value ?? 0;
}

async function insertSubjects(
  { dialect }: StoreContext,
  trx: Transaction<Schema>,
  events: readonly IndexedEvent[],
): Promise<void> {
  const rows = events.flatMap((event) =>
    subjectsOfRow(event).map((subject) => ({ event_seq: event.seq, subject })),
  );
  await sql`insert into event_subjects (event_seq, subject)
    select event_seq, subject from ${dialect.tableOf({ event_seq: "bigint", subject: "text" }, rows)} as found`.execute(
    trx,
  );
}

function subjectsOfRow({ payload, context }: IndexedEvent): string[] {
  return subjectsOf({ payload, context: parseJson(context) });
}

/** Row numbers of the newest events that nobody has looked through yet and that are about one of these. */
async function findRecent(db: Kysely<Schema>, subjects: readonly string[]): Promise<{ seq: number }[]> {
  const events = await selectIndexed(db)
    .where("seq", ">", await readPosition(db))
    .orderBy("seq", "desc")
    .limit(recentEvents)
    .execute();
  const about = events.filter((event) => subjectsOfRow(event).some((subject) => subjects.includes(subject)));
  return about.map(({ seq }) => ({ seq }));
}

/** Events about one of these, or their deliveries, by the row number of the event. */
export async function stretchAbout(
  { db, dialect }: StoreContext,
  subjects: readonly string[],
  table: "events" | "deliveries",
): Promise<Stretch> {
  const recent = await findRecent(db, subjects);
  const isDelivery = table === "deliveries";
  const seq = isDelivery ? sql`coalesce(deliveries.seq, 0)` : sql`about.seq`;
  const join = isDelivery ? sql`left join deliveries on deliveries.event_seq = about.seq` : sql``;
  return (after, size) => {
    const before = after?.at ?? Number.MAX_SAFE_INTEGER;
    const isNext: Expression<SqlBool> = after
      ? sql<SqlBool>`(about.seq, ${seq}) < (${after.at}, ${after.seq})`
      : sql<SqlBool>`true`;
    const found = eventsAbout({ subjects, before, size });
    return sql<Position>`(select about.seq as at, ${seq} as seq from (
      select distinct seq from (${found}
        union all select seq from ${dialect.tableOf({ seq: "bigint" }, recent)} as recent) as found
      where seq <= ${before} order by seq desc limit ${size}) as about
      ${join} where ${isNext} order by 1 desc, 2 desc limit ${size})`;
  };
}

/** Each in the order of the index, so that one that is everywhere costs no more. */
function eventsAbout(wanted: {
  subjects: readonly string[];
  before: number;
  size: number;
}): RawBuilder<unknown> {
  const parts = wanted.subjects.map(
    (subject) => sql`select * from (select event_seq as seq from event_subjects
      where subject = ${subject} and event_seq <= ${wanted.before}
      order by event_seq desc limit ${wanted.size}) as part`,
  );
  return sql.join(parts, sql` union all `);
}

async function findPreviousEvent(context: StoreContext, id: string): Promise<StoredEvent | undefined> {
  const { db } = context;
  const row = await db.selectFrom("events").selectAll().where("id", "=", id).executeTakeFirst();
  const main = row && mainSubjectOf(toEvent(row));
  if (!main) return undefined;
  const stretch = await stretchAbout(context, [main.subject], "events");
  const looked = stretch({ at: row.seq - 1, seq: Number.MAX_SAFE_INTEGER }, previousLookedAt);
  const previous = await db
    .selectFrom("events")
    .innerJoin(looked.as("stretch"), (join) => join.onRef("stretch.seq", "=", "events.seq"))
    .selectAll("events")
    .where("is_test", "=", row.is_test)
    .$if(main.isOfSite, (query) => query.where("site_id", row.site_id === null ? "is" : "=", row.site_id))
    .orderBy(sql`events.type = ${row.type}`, "desc") // whose payload has the same fields
    .orderBy("events.seq", "desc")
    .limit(1)
    .executeTakeFirst();
  return previous && toStoredEvent(previous);
}
