import type { StoreContext } from "./context.ts";
import type { Session } from "./store.ts";

/** The most that are shown; each sign-in makes one, and they end after 30 days. */
const maxListed = 100;

/** What may be told about a session to somebody else. */
export type SessionSummary = Omit<Session, "csrfToken">;

/** The part of the store that tells who is signed in. */
export interface SessionsStore {
  /** Those that have not ended, the newest first, up to 100. */
  listSessions(now: Date): Promise<SessionSummary[]>;
}

export function createSessions(context: StoreContext): SessionsStore {
  return { listSessions: (now) => listSessions(context, now) };
}

async function listSessions({ db }: StoreContext, now: Date): Promise<SessionSummary[]> {
  const rows = await db
    .selectFrom("sessions")
    .select(["id", "signed_in_by", "created_at", "expires_at"])
    .where("expires_at", ">", now.getTime())
    .orderBy("id", "desc")
    .limit(maxListed)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    signedInBy: row.signed_in_by,
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
  }));
}
