import { asksToSlowDown, type SendResult } from "@sidehook/delivery";

type Outcome = Pick<SendResult, "response" | "error" | "durationMs">;

/** What is claimed ahead is sent within about this time, if the receiver stays as quick as it is. */
const aheadMs = 100;
/** More for each slot would hardly make a commit cheaper. */
const mostAhead = 7;

/** How many attempts at once each webhook bears just now, as its last ones have shown. */
export interface Pace {
  /** @param most what the webhook may have at any time */
  limitOf: (webhookId: string, most: number) => number;
  /** How many deliveries may be claimed for each slot of this webhook, besides the one that is sent. */
  aheadOf: (webhookId: string) => number;
  /** To be told of every attempt. */
  note: (webhookId: string, most: number, outcome: Outcome) => void;
}

/**
 * A webhook whose last attempt timed out gets one slot until its receiver answers. 429, 502, 503 and 504 halve what it
 * has, each success gives one back. Kept in this process alone: after a restart everybody begins anew.
 */
export function createPace(): Pace {
  const limits = new Map<string, number>();
  const limitOf = (webhookId: string, most: number) => Math.min(most, limits.get(webhookId) ?? most);
  const set = (webhookId: string, limit: number, most: number) => {
    if (limit >= most) limits.delete(webhookId);
    else limits.set(webhookId, Math.max(1, limit));
  };
  const hanging = new Set<string>();
  const ahead = new Map<string, number>();
  return {
    aheadOf: (webhookId) => ahead.get(webhookId) ?? 0,
    limitOf: (webhookId, most) => (hanging.has(webhookId) ? 1 : limitOf(webhookId, most)),
    note(webhookId, most, { response, error, durationMs }) {
      const count = response && response.status < 300 ? Math.floor(aheadMs / Math.max(1, durationMs)) : 0;
      if (count > 0) ahead.set(webhookId, Math.min(mostAhead, count));
      else ahead.delete(webhookId);
      if (error?.class === "timeout") hanging.add(webhookId);
      if (!response) return;
      hanging.delete(webhookId);
      const present = limitOf(webhookId, most);
      if (asksToSlowDown(response.status)) set(webhookId, Math.floor(present / 2), most);
      else if (response.status < 300) set(webhookId, present + 1, most);
    },
  };
}
