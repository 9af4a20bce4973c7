import { randomBytes } from "node:crypto";
import type { ClaimedDelivery } from "@sidehook/delivery";
import type { WebhookEvent } from "@sidehook/events";
import { sql, type QueryExecutorProvider, type Transaction } from "kysely";
import type { StoreContext } from "./context.ts";
import type { ClaimedRow, DueRow } from "./dialects/dialect.ts";
import { createDueWebhooks } from "./due.ts";
import { periodOf, takePlaces, type TakenPlace } from "./rate.ts";
import { toEvent } from "./rows.ts";
import type { Schema } from "./schema.ts";
import type { ClaimRequest, Store } from "./store.ts";
import { inQuickTransaction, pipelined, sideBySide } from "./transaction.ts";
import { openTurns, takeDue, type Turn } from "./turns.ts";
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
    listDueWebhooks: createDueWebhooks(context),
    claimDeliveries: (request) => claimDeliveries(context, request),
    renewClaims: (claimTokens, leaseMs, now) => renewClaims(context, { claimTokens, leaseMs, now }),
    releaseClaims: (claimTokens) => releaseClaims(context, claimTokens),
    rescueDeliveries: (now) => rescueDeliveries(context, now),
    onDeliveriesDue: (listener) => context.signal.listen(listener),
  };
}

async function claimDeliveries(context: StoreContext, request: ClaimRequest): Promise<ClaimedDelivery[]> {
  const claimed = await inQuickTransaction(context, async (trx) => {
    const snapshot = await context.webhooks.load(trx);
    return claimIn(context, trx, { request, snapshot });
  });
  await untilCounted(context, claimed);
  return claimed;
}

/** A request of a limited webhook is counted for good before it is made, or a power failure would allow one more. */
async function countPlaces(
  context: StoreContext,
  trx: Transaction<Schema>,
  taking: { places: readonly TakenPlace[]; now: Date },
): Promise<void> {
  if (taking.places.length === 0) return;
  await takePlaces(context, trx, taking);
  await context.dialect.makeDurable(trx);
}

/** The end of the same: with the commit they have to be on the disk. */
export async function untilCounted(
  { dialect }: StoreContext,
  claimed: readonly ClaimedDelivery[],
): Promise<void> {
  if (claimed.some(({ webhook }) => webhook.rateLimit !== null)) await dialect.untilDurable();
}

/** Claims within a transaction that has read the webhooks. */
export async function claimIn(
  context: StoreContext,
  trx: Transaction<Schema>,
  { request, snapshot }: { request: ClaimRequest; snapshot: WebhookSnapshot },
): Promise<ClaimedDelivery[]> {
  const claimId = randomBytes(12).toString("base64url");
  const turns = await openTurns(context, trx, { request, snapshot });
  const taken = await takeDue(context, trx, { turns, now: request.now });
  if (taken.length === 0) return [];
  await countPlaces(context, trx, { places: placesOf(turns, taken, request.leaseMs), now: request.now });
  const executor = await pipelined(trx);
  const [rows, events] = await sideBySide([
    context.dialect.claim(executor, { ...request, claimId, due: taken }),
    readEvents(context, executor, taken),
  ]);
  const bySeq = new Map(rows.map((row) => [row.seq, row]));
  return taken.flatMap(({ seq, event_seq }) => {
    const row = bySeq.get(seq);
    const event = events.get(event_seq);
    return row && event ? toClaimed({ row, event }, snapshot, request.now) : [];
  });
}

/** By row number. Each once, though hundreds of webhooks may get it. */
async function readEvents(
  { dialect }: StoreContext,
  executor: QueryExecutorProvider,
  due: readonly DueRow[],
): Promise<Map<number, WebhookEvent>> {
  const seqs = [...new Set(due.map(({ event_seq }) => event_seq))];
  const { rows } = await sql<Parameters<typeof toEvent>[0] & { seq: number }>`
    select seq, id, type, occurred_at, context, payload from events
    where ${dialect.isOneOf(sql.ref("seq"), seqs)}`.execute(executor);
  return new Map(rows.map((row) => [row.seq, toEvent(row)]));
}

/** The places of rate-limited webhooks that these deliveries take. */
function placesOf(turns: readonly Turn[], taken: readonly DueRow[], leaseMs: number): TakenPlace[] {
  return turns.flatMap(({ webhook, places }) => {
    const { rateLimit, id } = webhook;
    if (!rateLimit) return [];
    return taken
      .filter(({ webhook_id }) => webhook_id === id)
      .map(({ seq }, index) => ({
        webhook_id: id,
        slot: places[index] ?? -1, // no turn takes more than it has places
        delivery_seq: seq,
        free_in: leaseMs + periodOf(rateLimit),
      }));
  });
}

interface Claimed {
  row: ClaimedRow;
  event: WebhookEvent;
}

function toClaimed({ row, event }: Claimed, snapshot: WebhookSnapshot, now: Date): ClaimedDelivery[] {
  const webhook = snapshot.byId.get(row.webhook_id);
  if (!webhook) return [];
  return [
    {
      id: row.id,
      event,
      webhook,
      secrets: validSecrets(snapshot.secretsOf.get(webhook.id) ?? [], now),
      attemptNumber: row.attempt_count + 1,
      attemptOfSchedule: row.attempt_count - row.attempts_before + 1,
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
  return sql<boolean>`lease_until is not null and ${dialect.isOneOf(sql.ref("seq"), seqs)} and ${dialect.isOneOf(sql.ref("claim_token"), claimTokens)}`;
}

interface Renewal {
  claimTokens: readonly string[];
  leaseMs: number;
  now: Date;
}

async function renewClaims(context: StoreContext, { claimTokens, leaseMs, now }: Renewal): Promise<void> {
  if (claimTokens.length === 0) return;
  await inQuickTransaction(context, (trx) =>
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
  await inQuickTransaction(context, (trx) =>
    trx.updateTable("deliveries").set(unclaimed).where(isClaimedBy(context, claimTokens)).execute(),
  );
  context.signal.send();
}

async function rescueDeliveries(context: StoreContext, now: Date): Promise<number> {
  const hasRunOut = sql<boolean>`lease_until < ${context.dialect.leaseClock(now)}`;
  const result = await inQuickTransaction(context, async (trx) => {
    await context.dialect.forgetClaims(trx);
    return (
      trx
        .updateTable("deliveries")
        .set(unclaimed)
        .where("seq", "in", trx.selectFrom("sending").select("seq").where(hasRunOut))
        // Asked of the row itself once more: its attempt may be recorded meanwhile.
        .where(hasRunOut)
        .executeTakeFirst()
    );
  });
  const count = Number(result.numUpdatedRows);
  if (count > 0) context.signal.send();
  return count;
}
