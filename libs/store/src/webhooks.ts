import { newSecret } from "@sidehook/events/signature";
import type { Webhook } from "@sidehook/delivery";
import type { Kysely, Transaction, Updateable } from "kysely";
import type { StoreContext } from "./context.ts";
import { cancelUnfinished } from "./deliveries.ts";
import { pageOf, parseCursor } from "./page.ts";
import { forgetFailures } from "./hold.ts";
import { setLimit } from "./rate.ts";
import { fromWebhookInput, toWebhook } from "./rows.ts";
import type { Schema, WebhookRow } from "./schema.ts";
import { NotFoundError, type PageRequest, type Page, type Store, type WebhookInput } from "./store.ts";
import { inTransaction } from "./transaction.ts";
import { bumpWebhooksVersion, validSecrets } from "./webhook-cache.ts";

type Webhooks = Pick<
  Store,
  | "createWebhook"
  | "getWebhook"
  | "listWebhooks"
  | "listWanted"
  | "updateWebhook"
  | "deleteWebhook"
  | "pauseWebhook"
  | "resumeWebhook"
  | "listSecrets"
  | "rotateSecret"
>;

/** What admins make and change. */
export function createWebhooks(context: StoreContext): Webhooks {
  return {
    createWebhook: (input, now) => createWebhook(context, input, now),
    getWebhook: (id) => getWebhook(context.db, id),
    listWebhooks: (page) => listWebhooks(context, page),
    listWanted: async () => [...(await context.webhooks.load(context.db)).wanted],
    updateWebhook: (id, changes, now) => updateWebhook(context, { id, changes, now }),
    deleteWebhook: (id, now) => deleteWebhook(context, id, now),
    pauseWebhook: (id, now) => change(context, { id, now, values: () => ({ is_paused: 1 }) }),
    resumeWebhook: (id, backlog, now) => resumeWebhook(context, { id, backlog, now }),
    listSecrets: (webhookId, now) => listSecrets(context.db, webhookId, now),
    rotateSecret: (webhookId, overlapMs, now) => rotateSecret(context, { webhookId, overlapMs, now }),
  };
}

/** One change of the list of webhooks, seen by everybody from the next event on. */
export function changeList<T>(
  context: StoreContext,
  work: (trx: Transaction<Schema>) => Promise<T>,
): Promise<T> {
  return inTransaction(context, async (trx) => {
    await context.dialect.lockWebhooks(trx, "exclusive");
    const result = await work(trx);
    await bumpWebhooksVersion(trx);
    return result;
  });
}

function createWebhook(
  context: StoreContext,
  input: WebhookInput,
  now: Date,
): Promise<{ webhook: Webhook; secret: string }> {
  return changeList(context, (trx) => insertWebhook(context, trx, { input, now }));
}

/** Within a change of the list. */
export async function insertWebhook(
  context: StoreContext,
  trx: Transaction<Schema>,
  { input, now }: { input: WebhookInput; now: Date },
): Promise<{ webhook: Webhook; secret: string }> {
  const id = context.newId("wh");
  const secret = newSecret();
  const row = {
    id,
    ...fromWebhookInput(input),
    is_paused: 0,
    held_since: null,
    disabled_reason: null,
    created_at: now.getTime(),
    updated_at: now.getTime(),
    deleted_at: null,
  };
  await trx.insertInto("webhooks").values(row).execute();
  await setLimit(trx, { webhookId: id, before: null, after: input.rateLimit });
  await insertSecret(trx, { webhookId: id, secret, now });
  return { webhook: toWebhook(row), secret };
}

async function getWebhook(db: Kysely<Schema>, id: string): Promise<Webhook> {
  const row = await db
    .selectFrom("webhooks")
    .selectAll()
    .where("id", "=", id)
    .where("deleted_at", "is", null)
    .executeTakeFirstOrThrow(() => new NotFoundError(`webhook ${id}`));
  return toWebhook(row);
}

async function listWebhooks({ db }: StoreContext, { limit, cursor }: PageRequest): Promise<Page<Webhook>> {
  const before = parseCursor(cursor, ["text"]);
  const rows = await db
    .selectFrom("webhooks")
    .selectAll()
    .where("deleted_at", "is", null)
    .$if(before !== undefined, (query) => query.where("id", "<", before?.[0] ?? ""))
    .orderBy("id", "desc")
    .limit(limit + 1)
    .execute();
  return pageOf(rows, { limit, toItem: toWebhook, keyOf: (row) => [row.id] });
}

interface Change {
  id: string;
  now: Date;
  values: (present: Webhook) => Updateable<WebhookRow>;
  /** In the same transaction. */
  alsoChange?: (trx: Transaction<Schema>, before: Webhook) => Promise<unknown>;
}

function change(context: StoreContext, request: Change): Promise<Webhook> {
  return changeList(context, (trx) => changeRow(trx, request));
}

async function changeRow(
  trx: Transaction<Schema>,
  { id, now, values, alsoChange }: Change,
): Promise<Webhook> {
  const present = await getWebhook(trx, id);
  const row = await trx
    .updateTable("webhooks")
    .set({ ...values(present), updated_at: now.getTime() })
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirstOrThrow();
  const webhook = toWebhook(row);
  await setLimit(trx, { webhookId: id, before: present.rateLimit, after: webhook.rateLimit });
  await alsoChange?.(trx, present);
  return webhook;
}

interface WebhookUpdate {
  id: string;
  changes: Partial<WebhookInput>;
  now: Date;
}

async function updateWebhook(context: StoreContext, update: WebhookUpdate): Promise<Webhook> {
  const webhook = await changeList(context, (trx) => changeWebhook(trx, update));
  context.signal.send();
  return webhook;
}

/**
 * Within a change of the list. Switching a webhook on again takes back why the service had switched it off. Who changes
 * a held one may have mended it, so that the next probe goes out at once.
 */
export function changeWebhook(
  trx: Transaction<Schema>,
  { id, changes, now }: WebhookUpdate,
): Promise<Webhook> {
  return changeRow(trx, {
    id,
    now,
    values: (present) => ({
      ...fromWebhookInput({ ...present, ...changes }),
      disabled_reason: changes.isActive ? null : present.disabledReason,
    }),
    alsoChange: (trx) =>
      trx
        .updateTable("webhook_health")
        .set({ probe_at: now.getTime() })
        .where("webhook_id", "=", id)
        .where("probe_at", ">", now.getTime())
        .execute(),
  });
}

/** The row is marked first, so that nothing new arrives while what is unfinished is cancelled piece by piece. */
async function deleteWebhook(context: StoreContext, id: string, now: Date): Promise<void> {
  await changeList(context, async (trx) => {
    await getWebhook(trx, id);
    await trx.updateTable("webhooks").set({ deleted_at: now.getTime() }).where("id", "=", id).execute();
    await trx.deleteFrom("webhook_secrets").where("webhook_id", "=", id).execute();
    await trx.deleteFrom("rate_slots").where("webhook_id", "=", id).execute();
  });
  await cancelUnfinished(context, { webhookId: id, states: ["pending", "sending"], now });
}

interface Resumption {
  id: string;
  backlog: "send" | "discard";
  now: Date;
}

async function resumeWebhook(context: StoreContext, { id, backlog, now }: Resumption): Promise<Webhook> {
  await getWebhook(context.db, id);
  if (backlog === "discard") await cancelUnfinished(context, { webhookId: id, states: ["pending"], now });
  const webhook = await change(context, {
    id,
    now,
    values: () => ({ is_paused: 0, held_since: null }),
    alsoChange: (trx, { heldSince }) => (heldSince ? forgetFailures(trx, id) : Promise.resolve()),
  });
  context.signal.send();
  return webhook;
}

async function listSecrets(db: Kysely<Schema>, webhookId: string, now: Date): Promise<string[]> {
  await getWebhook(db, webhookId);
  const rows = await db
    .selectFrom("webhook_secrets")
    .selectAll()
    .where("webhook_id", "=", webhookId)
    .orderBy("seq", "desc")
    .execute();
  return validSecrets(rows, now);
}

interface Rotation {
  webhookId: string;
  overlapMs: number;
  now: Date;
}

async function rotateSecret(context: StoreContext, { webhookId, overlapMs, now }: Rotation): Promise<string> {
  const secret = newSecret();
  const expiresAt = now.getTime() + overlapMs;
  await changeList(context, async (trx) => {
    await getWebhook(trx, webhookId);
    await trx
      .deleteFrom("webhook_secrets")
      .where("webhook_id", "=", webhookId)
      .where("expires_at", "<=", now.getTime())
      .execute();
    await trx
      .updateTable("webhook_secrets")
      .set({ expires_at: expiresAt })
      .where("webhook_id", "=", webhookId)
      .where((where) => where.or([where("expires_at", "is", null), where("expires_at", ">", expiresAt)]))
      .execute();
    await insertSecret(trx, { webhookId, secret, now });
  });
  return secret;
}

async function insertSecret(
  trx: Transaction<Schema>,
  { webhookId, secret, now }: { webhookId: string; secret: string; now: Date },
): Promise<void> {
  await trx
    .insertInto("webhook_secrets")
    .values({ webhook_id: webhookId, secret, created_at: now.getTime(), expires_at: null })
    .execute();
}
