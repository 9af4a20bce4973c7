import {
  ConflictError,
  InvalidCursorError,
  NotFoundError,
  type AttemptRecord,
  type Store,
} from "@sidehook/store";
import type { Metrics, ThreadName } from "./metrics.ts";

/** What the store says to a request that cannot be fulfilled. */
const answers = [NotFoundError, ConflictError, InvalidCursorError];

/**
 * The same store, whose calls are counted: events, attempts, and whatever fails. It is the one place that everything
 * goes through, whoever asks.
 */
export function observeStore(store: Store, metrics: Metrics, thread: ThreadName): Store {
  const countFault = (error: unknown) => {
    if (!answers.some((kind) => error instanceof kind)) metrics.count("storeErrors", thread);
  };
  const methods = Object.entries(store).map(([name, method]) => [name, watch(method, countFault)]);
  const observed = Object.fromEntries(methods) as Store;
  return {
    ...observed,
    async ingestEvents(...args) {
      const results = await observed.ingestEvents(...args);
      const accepted = results.filter(({ status }) => status === "accepted").length;
      metrics.count("events", "accepted", accepted);
      metrics.count("events", "duplicate", results.length - accepted);
      return results;
    },
    recordAttempts(...args) {
      // Made is made: also what cannot be recorded, or no longer.
      for (const record of args[0]) countAttempt(metrics, record);
      return observed.recordAttempts(...args);
    },
  };
}

function watch(method: unknown, countFault: (error: unknown) => void): unknown {
  if (typeof method !== "function") return method;
  return (...args: unknown[]): unknown => {
    const result: unknown = Reflect.apply(method, undefined, args);
    if (result instanceof Promise) result.catch(countFault);
    return result;
  };
}

function countAttempt(metrics: Metrics, { attempt, decision }: AttemptRecord): void {
  if (attempt.trigger === "test") return;
  const isOk = decision.state === "delivered";
  metrics.count("attempts", isOk ? "ok" : decision.failureClass);
  metrics.observe("attemptDuration", isOk ? "ok" : "failed", attempt.durationMs);
  if (decision.state !== "pending") metrics.count("ended", decision.state);
}
