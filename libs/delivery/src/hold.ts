const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** A receiver may be away for a night and a day before its webhook is held. */
const failingAtLeastMs = 24 * hourMs;
/** A webhook with two events a day is not held after two failures. */
const failuresAtLeast = 10;
const firstProbeMs = 5 * minuteMs;
const longestProbeMs = hourMs;

/** The present run of failures, without a success between. */
export interface FailingRun {
  /** The first of them; null after a success. */
  failingSince: Date | null;
  /** How many attempts have failed since. */
  failures: number;
}

/** True once a webhook has failed so long that its deliveries are better kept than used up. */
export function mustHold({ failingSince, failures }: FailingRun, now: Date): boolean {
  if (failingSince === null || failures < failuresAtLeast) return false;
  return now.getTime() - failingSince.getTime() >= failingAtLeastMs;
}

/** Milliseconds until the next probe of a held webhook: 5, 10, 20, 40 minutes, then an hour each. */
export function probeWaitMs(failedProbes: number): number {
  return Math.min(firstProbeMs * 2 ** Math.min(failedProbes, 10), longestProbeMs);
}
