import type { Webhook } from "@sidehook/delivery";
import { sql, type CompiledQuery, type Kysely, type Selectable } from "kysely";
import { toWebhook } from "./rows.ts";
import type { Schema, SecretRow } from "./schema.ts";

/** All webhooks that exist, as of one version. */
export interface WebhookSnapshot {
  version: number;
  byId: ReadonlyMap<string, Webhook>;
  /** Newest first, those that have expired among them. */
  secretsOf: ReadonlyMap<string, readonly Selectable<SecretRow>[]>;
  /** What webhooks want, inactive ones too: each event type or pattern once, sorted. */
  wanted: readonly string[];
}

export interface WebhookCache {
  /** The webhooks as this transaction sees them; read again only if someone has changed one since. */
  load(trx: Kysely<Schema>): Promise<WebhookSnapshot>;
  /** How many there were the last time. */
  size(): number;
}

/** Every event and every claim needs all webhooks: they are kept in the process, guarded by a version in the database. */
export function createWebhookCache(): WebhookCache {
  let snapshot: WebhookSnapshot = { version: -1, byId: new Map(), secretsOf: new Map(), wanted: [] };
  const readVersion = createVersionReader();
  return {
    async load(trx) {
      const version = await readVersion(trx);
      if (version !== snapshot.version) snapshot = await readSnapshot(trx, version);
      return snapshot;
    },
    size: () => snapshot.byId.size,
  };
}

/** To be called in every transaction that changes a webhook or its secrets. */
export async function bumpWebhooksVersion(trx: Kysely<Schema>): Promise<void> {
  await sql`update meta set value = value + 1 where name = 'webhooks_version'`.execute(trx);
}

/** Compiled once: it is the first statement of nearly every transaction, and compiling costs more than asking. */
function createVersionReader(): (trx: Kysely<Schema>) => Promise<number> {
  let query: CompiledQuery<{ value: number }> | undefined;
  return async (trx) => {
    query ??= trx.selectFrom("meta").select("value").where("name", "=", "webhooks_version").compile();
    const [row] = (await trx.executeQuery(query)).rows;
    if (!row) throw new Error("the database has no version of its webhooks");
    return row.value;
  };
}

async function readSnapshot(trx: Kysely<Schema>, version: number): Promise<WebhookSnapshot> {
  const rows = await trx.selectFrom("webhooks").selectAll().where("deleted_at", "is", null).execute();
  const secrets = await trx.selectFrom("webhook_secrets").selectAll().orderBy("seq", "desc").execute();
  const webhooks = rows.map(toWebhook);
  const wanted = new Set(webhooks.flatMap(({ events }) => events));
  return {
    version,
    byId: new Map(webhooks.map((webhook) => [webhook.id, webhook])),
    secretsOf: Map.groupBy(secrets, (row) => row.webhook_id),
    wanted: [...wanted].sort(),
  };
}

/** The secrets that sign at `now`, the newest first. */
export function validSecrets(rows: readonly Selectable<SecretRow>[], now: Date): string[] {
  return rows
    .filter(({ expires_at }) => expires_at === null || expires_at > now.getTime())
    .map(({ secret }) => secret);
}
