import { randomBytes } from "node:crypto";
import type { ClaimedDelivery, Webhook } from "@sidehook/delivery";
import { sql, type Selectable, type Transaction } from "kysely";
import type { StoreContext } from "./context.ts";
import { toEvent } from "./rows.ts";
import { lanes, type DeliveryRow, type EventRow, type Schema } from "./schema.ts";
import type { ClaimRequest, DueWebhook, Store } from "./store.ts";
import { inTransaction } from "./transaction.ts";
import { validSecrets, type WebhookSnapshot } from "./webhook-cache.ts";

type Queue = Pick<
  Store,
  | "listDueWebhooks"
  | "claimDeliveries"
  | "renewClaims"
  | "releaseClaims"
  | "rescueDeliveries"
  | "onDeliveriesDue"
>;

/**
 * Who sends what, and for how long. The state of a delivery:
 *
 * ```
 * pending --claim--> sending --2xx--> delivered
 *    ^                  |---retry left---> pending
 *    |                  |---exhausted, gone---> failed
 *    '--lease expired---'
 * ```
 */
export function createQueue(context: StoreContext): Queue {
  return {
    listDueWebhooks: () => listDueWebhooks(context),
    claimDeliveries: (request) => claimDeliveries(context, request),
    renewClaims: (claimTokens, leaseMs, now) => renewClaims(context, { claimTokens, leaseMs, now }),
    releaseClaims: (claimTokens) => releaseClaims(context, claimTokens),
    rescueDeliveries: (now) => rescueDeliveries(context, now),
    onDeliveriesDue: (listener) => context.signal.listen(listener),
  };
}

/**
 * Jumps from one webhook with something waiting to the next, so that neither a backlog nor webhooks with nothing
 * to do cost anything.
 */
async function listDueWebhooks({ db, webhooks, now }: StoreContext): Promise<DueWebhook[]> {
  type Row = { webhook_id: string } & Record<keyof typeof lanes, number | null>;
  const { rows } = await sql<Row>`
    with recursive waiting (webhook_id) as (
      select (select webhook_id from deliveries where state = 'pending' order by webhook_id limit 1)
      union all
      select (
        select webhook_id from deliveries where state = 'pending' and webhook_id > waiting.webhook_id
        order by webhook_id limit 1)
      from waiting where waiting.webhook_id is not null)
    select webhook_id, ${earliest(lanes.test)} as test, ${earliest(lanes.first)} as first,
      ${earliest(lanes.again)} as again
    from waiting where webhook_id is not null`.execute(db);
  const { byId } = await webhooks.load(db);
  return rows.flatMap(({ webhook_id: webhookId, test, first, again }) => {
    const webhook = byId.get(webhookId);
    if (!webhook) return [];
    const atOnce = maySend(webhook) ? (test ?? first) : test;
    const due = [atOnce === null ? null : Math.min(atOnce, now()), maySend(webhook) ? again : null];
    const dueMs = due.filter((ms) => ms !== null);
    return dueMs.length === 0
      ? []
      : [{ webhookId, dueAt: new Date(Math.min(...dueMs)), maxConcurrency: webhook.maxConcurrency }];
  });
}

const earliest = (lane: number) => sql`(
  select due_at from deliveries where state = 'pending' and webhook_id = waiting.webhook_id and lane = ${sql.lit(lane)}
  order by due_at limit 1)`;

/** Tests go in any case; what waits for an inactive or paused webhook waits on. */
function maySend(webhook: Webhook): boolean {
  return webhook.isActive && !webhook.isPaused;
}

/** First attempts and tests are due at once, also when the clock has been set back since. */
function dueBefore(lane: number, now: Date): number {
  return lane === lanes.again ? now.getTime() : Number.MAX_SAFE_INTEGER;
}

async function claimDeliveries(context: StoreContext, request: ClaimRequest): Promise<ClaimedDelivery[]> {
  const claimId = randomBytes(12).toString("base64url");
  return inTransaction(context, async (trx) => {
    const snapshot = await context.webhooks.load(trx);
    const seqs = await selectDue(context, trx, { request, snapshot });
    if (seqs.length === 0) return [];
    const isChosen = context.dialect.isOneOf(sql.ref("deliveries.seq"), seqs);
    const leaseUntil = sql<number>`${context.dialect.leaseClock(request.now)} + ${request.leaseMs}`;
    await trx
      .updateTable("deliveries")
      .set({
        state: "sending",
        claim_token: sql`${claimId} || '.' || cast(seq as text)`,
        lease_until: leaseUntil,
      })
      .where(isChosen)
      .execute();
    const rows = await trx
      .selectFrom("deliveries")
      .innerJoin("events", "events.seq", "deliveries.event_seq")
      .select([
        "deliveries.seq",
        "deliveries.id as delivery_id",
        "webhook_id",
        "attempt_count",
        "claim_token",
      ])
      .select(["next_trigger", "events.id", "type", "occurred_at", "context", "payload"])
      .where(isChosen)
      .execute();
    const bySeq = new Map(rows.map((row) => [row.seq, row]));
    return seqs.flatMap((seq) => toClaimed(bySeq.get(seq), snapshot, request.now));
  });
}

interface Selection {
  request: ClaimRequest;
  snapshot: WebhookSnapshot;
}

/** Lane by lane, so that first attempts go before retries and a backlog of retries is never walked over. */
async function selectDue(
  { dialect }: StoreContext,
  trx: Transaction<Schema>,
  { request, snapshot }: Selection,
): Promise<number[]> {
  const left = new Map(request.slots.map(({ webhookId, limit }) => [webhookId, limit]));
  const seqs: number[] = [];
  for (const lane of Object.values(lanes)) {
    const slots = [...left]
      .map(([webhookId, limit]) => ({ webhookId, limit }))
      .filter(({ webhookId, limit }) => {
        const webhook = snapshot.byId.get(webhookId);
        if (limit <= 0 || !webhook) return false;
        return lane === lanes.test || maySend(webhook);
      });
    if (slots.length === 0) continue;
    for (const row of await dialect.selectDue(trx, {
      lane,
      slots,
      dueBefore: dueBefore(lane, request.now),
    })) {
      seqs.push(row.seq);
      left.set(row.webhook_id, (left.get(row.webhook_id) ?? 0) - 1);
    }
  }
  return seqs;
}

type ClaimedRow = Pick<EventRow, "id" | "type" | "occurred_at" | "context" | "payload"> &
  Pick<Selectable<DeliveryRow>, "webhook_id" | "attempt_count" | "claim_token" | "next_trigger"> & {
    delivery_id: string;
  };

function toClaimed(row: ClaimedRow | undefined, snapshot: WebhookSnapshot, now: Date): ClaimedDelivery[] {
  const webhook = row && snapshot.byId.get(row.webhook_id);
  if (!webhook) return [];
  return [
    {
      id: row.delivery_id,
      event: toEvent(row),
      webhook,
      secrets: validSecrets(snapshot.secretsOf.get(webhook.id) ?? [], now),
      attemptNumber: row.attempt_count + 1,
      trigger: row.next_trigger,
      claimToken: row.claim_token ?? "",
    },
  ];
}

/** A claim's token ends in the row number of its delivery, by which the row is found; undefined for no such token. */
export function seqOfToken(claimToken: string): number | undefined {
  const seq = Number(claimToken.slice(claimToken.lastIndexOf(".") + 1));
  return claimToken.includes(".") && Number.isSafeInteger(seq) ? seq : undefined;
}

function isClaimedBy({ dialect }: StoreContext, claimTokens: readonly string[]) {
  const seqs = claimTokens.map(seqOfToken).filter((seq) => seq !== undefined);
  return sql<boolean>`state = 'sending' and ${dialect.isOneOf(sql.ref("seq"), seqs)} and ${dialect.isOneOf(sql.ref("claim_token"), claimTokens)}`;
}

interface Renewal {
  claimTokens: readonly string[];
  leaseMs: number;
  now: Date;
}

async function renewClaims(context: StoreContext, { claimTokens, leaseMs, now }: Renewal): Promise<void> {
  if (claimTokens.length === 0) return;
  await inTransaction(context, (trx) =>
    trx
      .updateTable("deliveries")
      .set({ lease_until: sql`${context.dialect.leaseClock(now)} + ${leaseMs}` })
      .where(isClaimedBy(context, claimTokens))
      .execute(),
  );
}

const unclaimed = { state: "pending", claim_token: null, lease_until: null } as const;

async function releaseClaims(context: StoreContext, claimTokens: readonly string[]): Promise<void> {
  if (claimTokens.length === 0) return;
  await inTransaction(context, (trx) =>
    trx.updateTable("deliveries").set(unclaimed).where(isClaimedBy(context, claimTokens)).execute(),
  );
  context.signal.send();
}

async function rescueDeliveries(context: StoreContext, now: Date): Promise<number> {
  const result = await inTransaction(context, (trx) =>
    trx
      .updateTable("deliveries")
      .set(unclaimed)
      .where(sql<boolean>`state = 'sending' and lease_until < ${context.dialect.leaseClock(now)}`)
      .executeTakeFirst(),
  );
  const count = Number(result.numUpdatedRows);
  if (count > 0) context.signal.send();
  return count;
}
