/** One caller's piece of work in a group. */
interface Part<In, Out> {
  input: In;
  resolve: (output: Out) => void;
  reject: (error: unknown) => void;
}

export interface Batch<In, Out> {
  /** Resolves once the group that holds `input` has been committed. */
  add(input: In): Promise<Out>;
  /** Resolves when nothing waits and nothing is under way. */
  drain(): Promise<void>;
}

export interface BatchOptions<In, Out> {
  /** Commits a group in one transaction; answers one output for each input, in order. */
  commit: (inputs: readonly In[]) => Promise<Out[]>;
  /** How many inputs fit into the next group. */
  maxSize: () => number;
  /** True if no input is to blame for the error, so that each alone would fail as well. */
  isNobodysFault: (error: unknown) => boolean;
}

/**
 * Group commit: callers share transactions, because a commit costs more than what is in it (measured: four times
 * the throughput). A group fills while the one before it commits. The first waits for the end of the event loop's
 * turn, since a database that answers synchronously would otherwise commit each request of that turn alone.
 */
export function createBatch<In, Out>(options: BatchOptions<In, Out>): Batch<In, Out> {
  const waiting: Part<In, Out>[] = [];
  let idle: PromiseWithResolvers<void> | null = null;

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      await nextTurn();
      await settle(waiting.splice(0, options.maxSize()), options);
    }
    idle?.resolve();
    idle = null;
  }

  return {
    add: (input) =>
      new Promise((resolve, reject) => {
        waiting.push({ input, resolve, reject });
        if (idle) return;
        idle = Promise.withResolvers();
        void run();
      }),
    drain: () => idle?.promise ?? Promise.resolve(),
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Never throws: every part gets its output or its error. */
async function settle<In, Out>(
  parts: readonly Part<In, Out>[],
  options: BatchOptions<In, Out>,
): Promise<void> {
  try {
    const outputs = await options.commit(parts.map(({ input }) => input));
    parts.forEach(({ resolve }, index) => resolve(outputs[index] as Out));
  } catch (error) {
    if (parts.length === 1 || options.isNobodysFault(error)) {
      for (const { reject } of parts) reject(error);
      return;
    }
    // One of them spoils the group: alone, only the guilty one fails.
    for (const part of parts) await settle([part], options);
  }
}
