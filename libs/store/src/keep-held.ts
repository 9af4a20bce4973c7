import { mustHold, probeWaitMs } from "@sidehook/delivery";
import { sql, type Transaction } from "kysely";
import type { StoreContext } from "./context.ts";
import type { Made } from "./record.ts";
import { toDate } from "./rows.ts";
import type { Schema } from "./schema.ts";
import type { WebhookSnapshot } from "./webhook-cache.ts";

/**
 * The schedule of a delivery is not used up by attempts of a webhook that is held, or is to be held from now on:
 * what would fail waits instead.
 */
export async function keepHeld(
  { dialect }: StoreContext,
  trx: Transaction<Schema>,
  { made, snapshot }: { made: readonly Made[]; snapshot: WebhookSnapshot },
): Promise<readonly Made[]> {
  const spent = made.filter(isUsedUp);
  if (spent.length === 0) return made;
  const isAsked = dialect.isOneOf(
    sql.ref("webhook_id"),
    spent.map(({ record }) => record.webhookId),
  );
  const health = await trx.selectFrom("webhook_health").selectAll().where(isAsked).execute();
  const runs = new Map(health.map((row) => [row.webhook_id, row]));
  return made.map((each) => {
    const { record, now } = each;
    const row = runs.get(record.webhookId);
    const run = { failingSince: toDate(row?.failing_since ?? null), failures: (row?.failures ?? 0) + 1 };
    const isHeld = Boolean(snapshot.byId.get(record.webhookId)?.heldSince) || mustHold(run, now);
    return isHeld && isUsedUp(each) ? waitingOn(each) : each;
  });
}

function isUsedUp({ record: { decision, attempt } }: Made): boolean {
  const isFinal = decision.state === "failed" && decision.failureClass === "address_refused";
  return decision.state === "failed" && !decision.isWebhookGone && !isFinal && attempt.trigger !== "test";
}

function waitingOn({ record, now }: Made): Made {
  if (record.decision.state !== "failed") return { record, now };
  const nextAttemptAt = new Date(now.getTime() + probeWaitMs(0));
  const { failureClass } = record.decision;
  return {
    now,
    record: {
      ...record,
      decision: { state: "pending", failureClass, nextAttemptAt },
      attempt: { ...record.attempt, decision: "pending", nextAttemptAt },
    },
  };
}
