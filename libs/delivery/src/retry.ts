const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: secondMs, m: minuteMs, h: hourMs, d: dayMs };

/** A receiver may ask us to wait longer than the schedule says, but not longer than this. */
export const maxRetryAfterMs = dayMs;

/** How a webhook's failed deliveries are tried again. */
export interface RetryPolicy {
  /** Wait before each retry: the first entry follows the first attempt. */
  scheduleMs: readonly number[];
}

/** About three days: a weekend's outage is survived. */
export const defaultScheduleMs = parseSchedule("5s,5m,30m,2h,5h,10h,14h,20h,24h");

/**
 * Reads a duration such as `500ms`, `5s`, `1.5h` or `30d`, in milliseconds.
 *
 * @throws RangeError if the text is no such duration
 */
export function parseDuration(text: string): number {
  const [, digits, unit] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
  const factor = unitMs[unit ?? ""];
  if (digits === undefined || factor === undefined) {
    throw new RangeError(`"${text}" is not a duration such as 500ms, 5s, 30m, 2h or 30d`);
  }
  return Math.round(Number(digits) * factor);
}

/**
 * Reads a retry schedule such as `5s,5m,2h`, in milliseconds. An empty text means no retry at all.
 *
 * @throws RangeError that names every entry which is not a duration
 */
export function parseSchedule(text: string): number[] {
  if (text.trim() === "") return [];
  const problems: string[] = [];
  const scheduleMs = text.split(",").map((entry) => {
    try {
      return parseDuration(entry);
    } catch (error) {
      problems.push((error as RangeError).message); // all of them are told at once, below
      return 0;
    }
  });
  if (problems.length > 0) throw new RangeError(problems.join("; "));
  return scheduleMs;
}

/**
 * Milliseconds to wait after a failed attempt, ±20 % so that what failed together does not come back together;
 * null if the schedule is used up.
 *
 * @param attemptNumber the attempt that failed, from 1
 * @param random as `Math.random`
 */
export function nextWait(policy: RetryPolicy, attemptNumber: number, random: () => number): number | null {
  const waitMs = policy.scheduleMs[attemptNumber - 1];
  return waitMs === undefined ? null : Math.round(waitMs * (0.8 + 0.4 * random()));
}

/** The later of our own wait and what the receiver asked for, which counts up to 24 hours. */
export function respectRetryAfter(waitMs: number, retryAfterMs: number | null): number {
  return Math.max(waitMs, Math.min(retryAfterMs ?? 0, maxRetryAfterMs));
}

const day = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const month = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
const time = String.raw`\d{2}:\d{2}:\d{2}`;

/** The three forms of RFC 9110. `Date.parse` alone would read `foo 5` as the first of May. */
const httpDate = new RegExp(
  `^${day}, \\d{2} ${month} \\d{4} ${time} GMT$|^[A-Z][a-z]+day, \\d{2}-${month}-\\d{2} ${time} GMT$`,
);
const asctimeDate = new RegExp(`^${day} ${month} [ \\d]\\d ${time} \\d{4}$`);

/**
 * Milliseconds a `Retry-After` header asks for; null if it holds neither seconds nor an HTTP date.
 * Fractions of a second are rounded up; a date in the past asks for nothing.
 */
export function parseRetryAfter(header: string | undefined, now: Date): number | null {
  const text = header?.trim() ?? "";
  if (/^\d{1,10}(\.\d+)?$/.test(text)) return Math.ceil(Number(text)) * secondMs;
  const at = httpDate.test(text)
    ? Date.parse(text)
    : asctimeDate.test(text)
      ? Date.parse(`${text} GMT`)
      : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - now.getTime());
}
