/**
 * Bounds how much is worked on at a time: runs `work` when its size fits beside what is under way, in the order of
 * asking. What is larger than the bound runs alone.
 *
 * @example const gate = createGate(1024); await gate(body.length, () => take(body));
 */
export type Gate = <T>(size: number, work: () => Promise<T>) => Promise<T>;

/** @param maxSize of all that is under way, in the unit of the sizes */
export function createGate(maxSize: number): Gate {
  const waiting: { size: number; enter: () => void }[] = [];
  let inside = 0;

  function admit(): void {
    for (let [next] = waiting; next && (inside === 0 || inside + next.size <= maxSize); [next] = waiting) {
      waiting.shift();
      inside += next.size;
      next.enter();
    }
  }

  return async function pass(size, work) {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push({ size, enter: resolve });
    admit();
    await promise;
    try {
      return await work();
    } finally {
      inside -= size;
      admit();
    }
  };
}
