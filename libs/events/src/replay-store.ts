/**
 * Settles a claim: the id counts as handled for so many seconds; with 0 it is forgotten, so that the next attempt gets
 * in at once.
 */
export type Settle = (keepSeconds: number) => unknown;

/**
 * Remembers which events were received, so that none is handled twice. One process is served by `createMemoryStore()`;
 * several need a store that they share, such as a table or Redis.
 *
 * @example
 * const store: ReplayStore = {
 *   async claim(id, seconds) {
 *     const before = await redis.set(id, "claimed", { NX: true, GET: true, EX: seconds });
 *     if (before !== null) return before;
 *     return (keep) => (keep > 0 ? redis.set(id, "handled", { EX: keep }) : redis.del(id));
 *   },
 * };
 */
export interface ReplayStore {
  /**
   * Claims an id for so many seconds. Of several who claim the same id at once, one must win.
   *
   * @returns a function that settles the claim, or what became of an earlier claim that still counts
   */
  claim: (id: string, seconds: number) => Settle | ClaimState | Promise<Settle | ClaimState>;
}

/** What became of an id that was claimed before. */
export type ClaimState = "claimed" | "handled";

/**
 * Remembers ids in memory, for one process and until it ends.
 *
 * @param maxIds more than so many push the oldest ones out
 */
export function createMemoryStore(maxIds = 100_000): ReplayStore {
  const known = new Map<string, { state: ClaimState; endsAtMs: number }>();
  const remember = (id: string, state: ClaimState, seconds: number) => {
    known.delete(id); // a Map keeps its first order otherwise
    known.set(id, { state, endsAtMs: performance.now() + seconds * 1000 });
    const [oldest] = known.keys();
    if (known.size > maxIds && oldest !== undefined) known.delete(oldest);
  };
  return {
    claim: (id, seconds) => {
      const before = known.get(id);
      if (before && before.endsAtMs > performance.now()) return before.state;
      remember(id, "claimed", seconds);
      return (keepSeconds) => (keepSeconds > 0 ? remember(id, "handled", keepSeconds) : known.delete(id));
    },
  };
}
