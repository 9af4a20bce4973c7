import type { ClaimRequest, DueWebhook } from "@sidehook/store";

export interface SlotLimits {
  /** Attempts in flight, in all. */
  concurrency: number;
  /** For each webhook that has no limit of its own. */
  webhookConcurrency: number;
}

interface Sharing {
  limits: SlotLimits;
  now: Date;
  limitOf?: (webhookId: string, most: number) => number;
  /** The webhook that was served last: the next one in order comes first, so that none is always among those left out. */
  after?: string;
}

/**
 * Shares the free slots among the webhooks that have something due: to each as many as its own limit
 * leaves, to none more than an equal part while others wait too.
 *
 * @param busy the webhook of each attempt in flight
 * @param limitOf what a webhook bears just now, of the most it may have
 */
export function shareSlots(
  due: readonly DueWebhook[],
  busy: readonly string[],
  { limits, now, limitOf = (_, most) => most, after = "" }: Sharing,
): ClaimRequest["slots"] {
  const free = limits.concurrency - busy.length;
  const waiting = due.filter(({ dueAt }) => dueAt <= now);
  if (free <= 0 || waiting.length === 0) return [];
  const used = countEach(busy);
  const share = Math.max(1, Math.floor(free / waiting.length));
  return inTurn(waiting, after)
    .map(({ webhookId, lanes, maxConcurrency }) => {
      const most = maxConcurrency ?? limits.webhookConcurrency;
      const left = limitOf(webhookId, most) - (used.get(webhookId) ?? 0);
      return { webhookId, lanes, limit: Math.min(share, left) };
    })
    .filter(({ limit }) => limit > 0)
    .slice(0, free);
}

function inTurn(waiting: readonly DueWebhook[], after: string): readonly DueWebhook[] {
  const isLater = ({ webhookId }: DueWebhook) => webhookId > after;
  return [...waiting.filter(isLater), ...waiting.filter((webhook) => !isLater(webhook))];
}

/** Milliseconds until the next webhook is due; Infinity if none is. */
export function msUntilNext(due: readonly DueWebhook[], now: Date): number {
  const waits = due.map(({ dueAt }) => dueAt.getTime() - now.getTime()).filter((ms) => ms > 0);
  return Math.min(...waits);
}

function countEach(ids: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}
