import { createHash, randomBytes } from "node:crypto";
import type { StoreContext } from "./context.ts";
import { parseJson, toDate, toJson } from "./rows.ts";
import type { SessionRow, TokenRow } from "./schema.ts";
import { NotFoundError, type ApiToken, type Session, type Store } from "./store.ts";
import { inTransaction } from "./transaction.ts";

const sessionLifetimeMs = 30 * 24 * 3_600_000;
/** `lastUsedAt` is that exact: a write for each request would be too dear. */
const lastUsedExactnessMs = 60_000;

type Access = Pick<
  Store,
  | "createToken"
  | "findToken"
  | "listTokens"
  | "deleteToken"
  | "createSession"
  | "findSession"
  | "deleteSession"
  | "useOnce"
>;

/** Who may call. Values are kept as SHA-256 only: they are random and long, so that nothing slower is needed. */
export function createAccess(context: StoreContext): Access {
  return {
    createToken: (input, now) => createToken(context, input, now),
    findToken: (value, now) => findToken(context, value, now),
    listTokens: () => listTokens(context),
    deleteToken: (id) => deleteToken(context, id),
    createSession: (signedInBy, now) => createSession(context, signedInBy, now),
    findSession: (value, now) => findSession(context, value, now),
    deleteSession: (id) => deleteSession(context, id),
    useOnce: (value, expiresAt, now) => useOnce(context, { value, expiresAt, now }),
  };
}

function hashOf(value: string): string {
  return createHash("sha256").update(value).digest("hex");
}

function newValue(prefix: string): string {
  return `${prefix}_${randomBytes(32).toString("base64url")}`;
}

function toToken(row: TokenRow): ApiToken {
  return {
    id: row.id,
    name: row.name,
    scopes: parseJson(row.scopes),
    createdAt: new Date(row.created_at),
    expiresAt: toDate(row.expires_at),
    lastUsedAt: toDate(row.last_used_at),
  };
}

async function createToken(
  context: StoreContext,
  input: Parameters<Store["createToken"]>[0],
  now: Date,
): Promise<{ token: ApiToken; value: string }> {
  const value = newValue("shk");
  const row: TokenRow = {
    id: context.newId("tok"),
    name: input.name,
    value_hash: hashOf(value),
    scopes: toJson(input.scopes),
    created_at: now.getTime(),
    expires_at: input.expiresAt?.getTime() ?? null,
    last_used_at: null,
  };
  await inTransaction(context, (trx) => trx.insertInto("tokens").values(row).execute());
  return { token: toToken(row), value };
}

async function findToken(context: StoreContext, value: string, now: Date): Promise<ApiToken | undefined> {
  const row = await context.db
    .selectFrom("tokens")
    .selectAll()
    .where("value_hash", "=", hashOf(value))
    .where((where) => where.or([where("expires_at", "is", null), where("expires_at", ">", now.getTime())]))
    .executeTakeFirst();
  if (!row) return undefined;
  if (now.getTime() - (row.last_used_at ?? 0) >= lastUsedExactnessMs) {
    row.last_used_at = now.getTime();
    await inTransaction(context, (trx) =>
      trx.updateTable("tokens").set({ last_used_at: row.last_used_at }).where("id", "=", row.id).execute(),
    );
  }
  return toToken(row);
}

async function listTokens({ db }: StoreContext): Promise<ApiToken[]> {
  const rows = await db.selectFrom("tokens").selectAll().orderBy("id", "desc").execute();
  return rows.map(toToken);
}

async function deleteToken(context: StoreContext, id: string): Promise<void> {
  const { numDeletedRows } = await inTransaction(context, (trx) =>
    trx.deleteFrom("tokens").where("id", "=", id).executeTakeFirst(),
  );
  if (numDeletedRows === 0n) throw new NotFoundError(`token ${id}`);
}

function toSession(row: SessionRow): Session {
  return {
    id: row.id,
    signedInBy: row.signed_in_by,
    csrfToken: row.csrf_token,
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
  };
}

async function createSession(
  context: StoreContext,
  signedInBy: string,
  now: Date,
): Promise<{ session: Session; value: string }> {
  const value = newValue("ses");
  const row: SessionRow = {
    id: context.newId("ses"),
    value_hash: hashOf(value),
    signed_in_by: signedInBy,
    csrf_token: randomBytes(32).toString("base64url"),
    created_at: now.getTime(),
    expires_at: now.getTime() + sessionLifetimeMs,
  };
  await inTransaction(context, (trx) => trx.insertInto("sessions").values(row).execute());
  return { session: toSession(row), value };
}

async function findSession({ db }: StoreContext, value: string, now: Date): Promise<Session | undefined> {
  const row = await db
    .selectFrom("sessions")
    .selectAll()
    .where("value_hash", "=", hashOf(value))
    .where("expires_at", ">", now.getTime())
    .executeTakeFirst();
  return row && toSession(row);
}

/** Signing out twice is no mistake. */
async function deleteSession(context: StoreContext, id: string): Promise<void> {
  await inTransaction(context, (trx) => trx.deleteFrom("sessions").where("id", "=", id).execute());
}

/** One statement decides, so that of two who come at the same time one is told no. */
async function useOnce(
  context: StoreContext,
  { value, expiresAt, now }: { value: string; expiresAt: Date; now: Date },
): Promise<boolean> {
  const row = await inTransaction(context, (trx) =>
    trx
      .insertInto("used_values")
      .values({ value_hash: hashOf(value), expires_at: expiresAt.getTime() })
      .onConflict((conflict) =>
        conflict
          .column("value_hash")
          .doUpdateSet({ expires_at: expiresAt.getTime() })
          .where("used_values.expires_at", "<=", now.getTime()),
      )
      .returning("value_hash")
      .executeTakeFirst(),
  );
  return row !== undefined;
}
