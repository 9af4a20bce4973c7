import { setTimeout as delay } from "node:timers/promises";

/**
 * How long a group waits for the sync of the one before: a quick disk has ended it by then, and larger groups take a
 * tenth less of the processor; for a slow one nobody waits.
 */
const patienceMs = 1;

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
  /** Resolves when what has been committed stays so; before, nobody gets an output. */
  untilDurable: () => Promise<void>;
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
  const answering = new Set<Promise<void>>();
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      await nextTurn();
      await commit(waiting.splice(0, options.maxSize()));
      if (answering.size > 0) await Promise.race([Promise.all(answering), delay(patienceMs)]);
    }
    running = null;
  }

  /** Never throws: every part gets its output or its error. */
  async function commit(parts: readonly Part<In, Out>[]): Promise<void> {
    try {
      answerLater(parts, await options.commit(parts.map(({ input }) => input)));
    } catch (error) {
      if (parts.length === 1 || options.isNobodysFault(error)) rejectAll(parts, error);
      // One of them spoils the group: alone, only the guilty one fails.
      else for (const part of parts) await commit([part]);
    }
  }

  function answerLater(parts: readonly Part<In, Out>[], outputs: readonly Out[]): void {
    const answered = options.untilDurable().then(
      () => parts.forEach(({ resolve }, index) => resolve(outputs[index] as Out)),
      (error: unknown) => rejectAll(parts, error),
    );
    answering.add(answered);
    void answered.then(() => answering.delete(answered));
  }

  return {
    add: (input) =>
      new Promise((resolve, reject) => {
        waiting.push({ input, resolve, reject });
        running ??= run();
      }),
    async drain() {
      await running;
      await Promise.all(answering);
    },
  };
}

function rejectAll(parts: readonly { reject: (error: unknown) => void }[], error: unknown): void {
  for (const { reject } of parts) reject(error);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
