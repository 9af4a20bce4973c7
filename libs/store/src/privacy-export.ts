import { shownState } from "./under-way.ts";
import type { StoreContext } from "./context.ts";
import { matchPerson, type Person, type PersonMatcher } from "./person.ts";
import type { PersonalExport, PersonalRecord } from "./privacy.ts";
import { lastSeq, readAttempts, readBinRequests, readEvents } from "./privacy-read.ts";
import { walk, type Part } from "./privacy-walk.ts";
import { parseJson, toDate } from "./rows.ts";

/** About as many as WordPress takes at once. */
const recordsPerCall = 100;

interface Export {
  context: StoreContext;
  person: Person;
  matcher: PersonMatcher;
  /** Grows. */
  data: PersonalRecord[];
}

export async function exportPerson(
  context: StoreContext,
  person: Person,
  cursor: string | null,
): Promise<PersonalExport> {
  const run: Export = { context, person, matcher: matchPerson(person), data: [] };
  const parts = [exportEvents(run), exportAnswers(run), exportBinRequests(run)];
  const nextCursor = await walk(parts, cursor, () => run.data.length >= recordsPerCall);
  return { data: run.data, nextCursor };
}

function exportEvents({ context, person, matcher, data }: Export): Part {
  return async (afterSeq) => {
    const rows = await readEvents(context.db, afterSeq);
    for (const row of rows) {
      const isSubject = matcher.isSubjectOf(row.payload);
      if (!isSubject && !isActor(person, row.context)) continue;
      data.push({
        kind: "event",
        id: row.id,
        type: row.type,
        occurredAt: row.occurred_at,
        siteId: row.site_id,
        payload: isSubject ? row.payload : null,
        deliveries: isSubject ? await listTold(context, row.seq) : [],
      });
    }
    return lastSeq(rows);
  };
}

/** True if the person has caused the event. */
export function isActor({ userId }: Person, context: string): boolean {
  return (
    userId !== null &&
    context.includes('"actorUserId"') &&
    parseJson<{ actorUserId?: number }>(context).actorUserId === userId
  );
}

async function listTold({ db }: StoreContext, eventSeq: number) {
  const rows = await db
    .selectFrom("deliveries")
    .innerJoin("webhooks", "webhooks.id", "deliveries.webhook_id")
    .select(["webhooks.name", "webhooks.url", shownState.as("state"), "deliveries.finished_at"])
    .where("event_seq", "=", eventSeq)
    .orderBy("deliveries.seq")
    .execute();
  return rows.map(({ name, url, state, finished_at }) => ({
    webhookName: name,
    receiver: hostOf(url),
    state,
    finishedAt: toDate(finished_at),
  }));
}

/** The whole URL often is a secret. */
function hostOf(url: string): string {
  return URL.parse(url)?.host ?? "";
}

function exportAnswers({ context, matcher, data }: Export): Part {
  return async (afterSeq) => {
    const rows = await readAttempts(context.db, afterSeq);
    for (const row of rows) {
      if (!matcher.isNamedIn(row.detail)) continue;
      const { request, response } = parseJson(row.detail);
      const body = response?.body ?? "";
      if (!matcher.isNamedIn(body)) continue;
      data.push({
        kind: "answer",
        receiver: hostOf(request.url),
        answeredAt: new Date(row.started_at),
        body,
      });
    }
    return lastSeq(rows);
  };
}

function exportBinRequests({ context, matcher, data }: Export): Part {
  return async (afterSeq) => {
    const rows = await readBinRequests(context.db, afterSeq);
    for (const { id, received_at, request } of rows) {
      if (!matcher.isNamedIn(request)) continue;
      const { headers, body } = parseJson(request);
      data.push({ kind: "binRequest", id, receivedAt: new Date(received_at), headers, body });
    }
    return lastSeq(rows);
  };
}
