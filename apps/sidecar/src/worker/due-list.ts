import type { DueWebhook } from "@sidehook/store";
import type { Share } from "./slots.ts";

/** After this time it is listed anew in any case: retries have become due, or what was claimed has been put back. */
const keptMs = 100;

/**
 * The webhooks that have something to send, as they were listed last. Listing looks at the beginning of every queue,
 * which costs as much as a claim: while all get what they ask for and nothing new comes, there is more where that came from.
 */
export interface DueList {
  read: () => Promise<readonly DueWebhook[]>;
  /** To be told what was asked for by what was read, and how much of it was there. */
  noteClaim: (shares: readonly Share[], claimedCount: number) => void;
  /** Something may be due that was not. */
  forget: () => void;
}

export interface DueListOptions {
  list: () => Promise<readonly DueWebhook[]>;
  /** A clock that nobody sets. */
  monotonicMs: () => number;
}

export function createDueList({ list, monotonicMs }: DueListOptions): DueList {
  let listed: readonly DueWebhook[] = [];
  let listedAtMs = 0;
  let hasMore = false;
  let isOutdated = false;
  return {
    async read() {
      if (hasMore && monotonicMs() - listedAtMs < keptMs) return listed;
      hasMore = false;
      isOutdated = false;
      listedAtMs = monotonicMs();
      listed = await list();
      return listed;
    },
    noteClaim(shares, claimedCount) {
      const askedCount = shares.reduce((sum, { limit }) => sum + limit, 0);
      hasMore = !isOutdated && askedCount > 0 && claimedCount === askedCount;
    },
    forget() {
      isOutdated = true;
      hasMore = false;
    },
  };
}
