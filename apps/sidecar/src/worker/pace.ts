import { asksToSlowDown, type SendResult } from "@sidehook/delivery";

type Outcome = Pick<SendResult, "response" | "error">;

/** How many attempts at once each webhook bears just now, as its last ones have shown. */
export interface Pace {
  /** @param most what the webhook may have at any time */
  limitOf: (webhookId: string, most: number) => number;
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
  return {
    limitOf: (webhookId, most) => (hanging.has(webhookId) ? 1 : limitOf(webhookId, most)),
    note(webhookId, most, { response, error }) {
      if (error?.class === "timeout") hanging.add(webhookId);
      if (!response) return;
      hanging.delete(webhookId);
      const present = limitOf(webhookId, most);
      if (asksToSlowDown(response.status)) set(webhookId, Math.floor(present / 2), most);
      else if (response.status < 300) set(webhookId, present + 1, most);
    },
  };
}
