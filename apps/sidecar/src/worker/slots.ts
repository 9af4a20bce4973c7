import type { ClaimSlot, DueWebhook } from "@sidehook/store";

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
  /** How many deliveries may be claimed for each slot, besides the one that is sent. */
  aheadOf?: (webhookId: string) => number;
  /** How many have been claimed ahead and wait for a slot. */
  countWaiting?: (webhookId: string) => number;
  /** The webhook that was served last: the next one in order comes first, so that none is always among those left out. */
  after?: string;
}

/** What a webhook may claim, and the slots it sends that in. */
export interface Share extends ClaimSlot {
  /** Those in use among them. */
  slots: number;
}

/**
 * Shares the free slots among the webhooks that have something due: to each as many as its own limit
 * leaves, to none more than an equal part while others wait too. Whose receiver is quick may claim more than it has
 * slots, so that no slot waits for a commit; but only together with a slot while anybody has none.
 *
 * @param inUse slots that are used now, by webhook
 * @param limitOf what a webhook bears just now, of the most it may have
 */
export function shareSlots(
  due: readonly DueWebhook[],
  inUse: ReadonlyMap<string, number>,
  sharing: Sharing,
): Share[] {
  const { limits, now, after = "" } = sharing;
  const waiting = due.filter(({ dueAt }) => dueAt <= now);
  if (waiting.length === 0) return [];
  let free = Math.max(0, limits.concurrency - countSlots(inUse));
  const equalPart = Math.max(1, Math.floor(free / waiting.length));
  const parts = inTurn(waiting, after).map((webhook) => {
    const used = inUse.get(webhook.webhookId) ?? 0;
    const given = Math.min(equalPart, free, Math.max(0, leftOf(webhook, used, sharing)));
    free -= given;
    return { webhook, used, given };
  });
  const isAnyLeftOut = parts.some(({ used, given }) => used + given === 0);
  return parts.flatMap(({ webhook, used, given }) => {
    const { webhookId, lanes } = webhook;
    const more = aheadFor(webhook, isAnyLeftOut ? given : used + given, sharing);
    const limit = given + more;
    return limit > 0 ? [{ webhookId, lanes, limit, slots: used + given }] : [];
  });
}

function leftOf(
  { webhookId, maxConcurrency }: DueWebhook,
  used: number,
  { limits, limitOf = (_, most) => most }: Sharing,
): number {
  return limitOf(webhookId, maxConcurrency ?? limits.webhookConcurrency) - used;
}

function aheadFor({ webhookId, canClaimAhead }: DueWebhook, slots: number, sharing: Sharing): number {
  if (!canClaimAhead) return 0;
  const most = slots * (sharing.aheadOf?.(webhookId) ?? 0);
  return Math.max(0, most - (sharing.countWaiting?.(webhookId) ?? 0));
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

/** Slots that are used now, by all webhooks together. */
export function countSlots(inUse: ReadonlyMap<string, number>): number {
  let count = 0;
  for (const used of inUse.values()) count += used;
  return count;
}
