import { sql, type Transaction } from "kysely";
import type { EventContext } from "@sidehook/events";
import type { StoreContext } from "./context.ts";
import { cancelled } from "./deliveries.ts";
import { erasedPayload, isErased } from "./erased.ts";
import { matchPerson, type Person, type PersonMatcher } from "./person.ts";
import type { Erasure } from "./privacy.ts";
import { isActor } from "./privacy-export.ts";
import { lastSeq, readAttempts, readBinRequests, readEvents } from "./privacy-read.ts";
import { walk, type Part } from "./privacy-walk.ts";
import { parseJson, toJson } from "./rows.ts";
import type { AttemptDetail, Schema } from "./schema.ts";
import { lockPosition } from "./search.ts";
import { inTransaction } from "./transaction.ts";

interface Run extends Omit<Erasure, "nextCursor"> {
  context: StoreContext;
  person: Person;
  matcher: PersonMatcher;
  now: Date;
}

export async function erasePerson(
  context: StoreContext,
  person: Person,
  { cursor, now }: { cursor: string | null; now: Date },
): Promise<Erasure> {
  const run: Run = {
    context,
    person,
    matcher: matchPerson(person),
    now,
    erased: { events: 0, deliveries: 0, attempts: 0, binRequests: 0 },
    webhooks: [],
    needsVacuum: false,
  };
  const parts = [eraseEvents(run), eraseAttempts(run), eraseBinRequests(run), forgetRest(run), scrub(run)];
  const nextCursor = await walk(parts, cursor);
  const { erased, webhooks, needsVacuum } = run;
  return { erased, webhooks, needsVacuum, nextCursor };
}

function eraseEvents(run: Run): Part {
  const { context, matcher, person } = run;
  return async (afterSeq) => {
    const rows = await readEvents(context.db, afterSeq);
    const about = rows.filter((row) => matcher.isSubjectOf(row.payload)).map(({ seq }) => seq);
    const by = rows.filter((row) => isActor(person, row.context));
    if (about.length > 0 || by.length > 0) {
      await inTransaction(context, async (trx) => {
        await erasePayloads(run, trx, about);
        for (const { seq, context: where } of by) await forgetActor(trx, seq, parseJson(where));
      });
    }
    return lastSeq(rows);
  };
}

/**
 * What waits for a receiver is not sent any more: after somebody was forgotten, nobody is to hear of them. An attempt
 * under way cannot be called back; what it finds out is not recorded.
 */
async function erasePayloads(run: Run, trx: Transaction<Schema>, seqs: readonly number[]): Promise<void> {
  const { dialect } = run.context;
  const { numUpdatedRows: events } = await trx
    .updateTable("events")
    .set({ payload: erasedPayload })
    .where(dialect.isOneOf(sql.ref("seq"), seqs))
    .executeTakeFirstOrThrow();
  const { numUpdatedRows: deliveries } = await trx
    .updateTable("deliveries")
    .set(cancelled(run.now))
    .where(dialect.isOneOf(sql.ref("event_seq"), seqs))
    .where("state", "in", ["pending", "sending"])
    .executeTakeFirstOrThrow();
  run.erased.events += Number(events);
  run.erased.deliveries += Number(deliveries);
}

async function forgetActor(trx: Transaction<Schema>, seq: number, where: EventContext): Promise<void> {
  const { actorUserId, ...rest } = where;
  if (actorUserId === undefined) return;
  await trx
    .updateTable("events")
    .set({ context: toJson(rest) })
    .where("seq", "=", seq)
    .execute();
}

function eraseAttempts(run: Run): Part {
  const { context, matcher } = run;
  return async (afterSeq) => {
    const rows = await readAttempts(context.db, afterSeq);
    const changed = rows.flatMap(({ seq, detail, is_erased }) => {
      const empty =
        is_erased || matcher.isNamedIn(detail) ? toJson(withoutTexts(parseJson(detail), matcher)) : detail;
      return empty === detail ? [] : [{ seq, detail: empty }];
    });
    if (changed.length > 0) {
      await inTransaction(context, async (trx) => {
        for (const { seq, detail } of changed)
          await trx.updateTable("attempts").set({ detail }).where("seq", "=", seq).execute();
      });
      run.erased.attempts += changed.length;
    }
    return lastSeq(rows);
  };
}

/** Who was asked, when, and with what success stays; what was said goes. */
function withoutTexts(
  { phases, request, response, error }: AttemptDetail,
  matcher: PersonMatcher,
): AttemptDetail {
  return {
    phases,
    request: {
      method: request.method,
      url: matcher.isNamedIn(request.url) ? "" : request.url,
      headers: {},
      aroundPayload: null,
      body: "",
    },
    response: response && { status: response.status, headers: {}, body: "" },
    error: error && { class: error.class, message: "" },
  };
}

/** A bin has what was sent to it; its requests name the event they bring. */
function eraseBinRequests(run: Run): Part {
  const { context, matcher } = run;
  return async (afterSeq) => {
    const rows = await readBinRequests(context.db, afterSeq);
    const requests = rows.map(({ seq, request }) => ({
      seq,
      isNaming: matcher.isNamedIn(request),
      eventId: parseJson(request).headers["webhook-id"] ?? "",
    }));
    const erasedIds = await listErased(
      context,
      requests.map(({ eventId }) => eventId),
    );
    const seqs = requests
      .filter(({ isNaming, eventId }) => isNaming || erasedIds.has(eventId))
      .map(({ seq }) => seq);
    if (seqs.length > 0) {
      await inTransaction(context, (trx) =>
        trx
          .deleteFrom("bin_requests")
          .where(context.dialect.isOneOf(sql.ref("seq"), seqs))
          .execute(),
      );
      run.erased.binRequests += seqs.length;
    }
    return lastSeq(rows);
  };
}

async function listErased({ db, dialect }: StoreContext, ids: readonly string[]): Promise<Set<string>> {
  const rows = await db
    .selectFrom("events")
    .select("id")
    .where(dialect.isOneOf(sql.ref("id"), ids))
    .where(isErased)
    .execute();
  return new Set(rows.map(({ id }) => id));
}

/** What follows from rows goes last, when nothing can bring it back. */
function forgetRest(run: Run): Part {
  const { context, matcher } = run;
  return async () => {
    await forgetSubjects(run);
    const webhooks = await context.db
      .selectFrom("webhooks")
      .selectAll()
      .where("deleted_at", "is", null)
      .execute();
    run.webhooks = webhooks
      .filter((row) => matcher.isNamedIn(JSON.stringify(row)))
      .map(({ id, name }) => ({ id, name }));
    return null;
  };
}

function scrub(run: Run): Part {
  const { context, person } = run;
  const texts = person.email === null ? [] : [person.email, encodeURIComponent(person.email)];
  return async (from) => {
    const { next, needsVacuum } = await context.dialect.scrub(context.db, { texts, from });
    run.needsVacuum = needsVacuum;
    return next;
  };
}

/** Behind whoever is just finding out what events are about, and has read the payloads before they were erased. */
async function forgetSubjects({ context, person: { email, userId } }: Run): Promise<void> {
  const subjects = [email, userId === null ? null : `user:${userId}`].filter((subject) => subject !== null);
  await inTransaction(context, async (trx) => {
    await lockPosition(context, trx);
    await trx.deleteFrom("event_subjects").where("subject", "in", subjects).execute();
  });
}
