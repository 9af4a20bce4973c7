/** Numbers from 0 to 1 that are the same for the same seed, so that a run can be told by its seed. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of several, each as likely. */
export function pick<T>(items: readonly T[], random: () => number): T {
  return takeTurn(items, Math.floor(random() * items.length));
}

/** One after the other, and from the start again. @throws RangeError if there are none */
export function takeTurn<T>(items: readonly T[], turn: number): T {
  if (items.length === 0) throw new RangeError("there is nothing to take a turn");
  return items.at(turn % items.length) as T;
}
