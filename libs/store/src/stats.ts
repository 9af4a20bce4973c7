import { setImmediate as nextTurn } from "node:timers/promises";
import { sql } from "kysely";
import type { StoreContext } from "./context.ts";
import { countAttempts, quantileOf, type Step } from "./durations.ts";

/** Of all webhooks together so many attempts of each bucket are looked at, however many there were. */
const sampledAttempts = 300;

export type StatsRequest = {
  until: Date;
  /** Left out: all webhooks together. */
  webhookId?: string | undefined;
} & (EvenBuckets | GivenBuckets);

/** All of one length, counted in UTC. */
interface EvenBuckets {
  since: Date;
  /** Whole hours: that is how finely deliveries are counted. */
  bucketMs: number;
}

/** Such as the days of a time zone. */
interface GivenBuckets {
  /** The oldest first. A delivery is counted by the whole hour of UTC, and that where it begins. */
  startsAt: readonly Date[];
}

/** Deliveries that ended within a stretch of time, and how long the attempts of it took. */
export interface StatsBucket {
  /** Beginning; the first one may lie before `since`. */
  at: Date;
  delivered: number;
  failed: number;
  /**
   * Quantiles of how long an attempt took, in milliseconds. Of one webhook: of all attempts that began in these hours,
   * to within an eighth. Of all webhooks: of up to 300 attempts, those of the newest deliveries. Null without any.
   */
  attemptMs: { p50: number; p95: number; p99: number; samples: number } | null;
}

/** The part of the store that counts over time. */
export interface StatsStore {
  /** Every bucket from `since` to `until`, the oldest first; costs the same however long the log is. Tests do not count. */
  readStats(request: StatsRequest): Promise<StatsBucket[]>;
}

export function createStats(context: StoreContext): StatsStore {
  return { readStats: (request) => readStats(context, request) };
}

async function readStats(context: StoreContext, request: StatsRequest): Promise<StatsBucket[]> {
  const { until, webhookId } = request;
  const starts = listStarts(request);
  const counts = await countEnded(context, { starts, until, webhookId });
  const buckets: StatsBucket[] = [];
  for (const [index, from] of starts.entries()) {
    const { delivered = 0, failed = 0 } = counts.get(from) ?? {};
    const stretch = { from, before: starts[index + 1] ?? until.getTime() + 1 };
    const attemptMs =
      webhookId === undefined
        ? quantilesOf(await sampleDurations(context, stretch))
        : quantilesOfSteps(await readSteps(context, { ...stretch, webhookId }));
    buckets.push({ at: new Date(from), delivered, failed, attemptMs });
    await nextTurn(); // on SQLite everybody else in this thread waits
  }
  return buckets;
}

function listStarts(request: StatsRequest): number[] {
  if ("startsAt" in request) return request.startsAt.map((at) => at.getTime());
  const { since, until, bucketMs } = request;
  const first = since.getTime() - (since.getTime() % bucketMs);
  const count = Math.max(0, Math.ceil((until.getTime() - first) / bucketMs));
  return Array.from({ length: count }, (_, index) => first + index * bucketMs);
}

/** What ended in each bucket, by its beginning. */
async function countEnded(
  { db }: StoreContext,
  { starts, until, webhookId }: { starts: readonly number[]; until: Date; webhookId: string | undefined },
): Promise<Map<number, { delivered: number; failed: number }>> {
  const hours = await db
    .selectFrom("webhook_hours")
    .select([
      "hour_at",
      sql<number>`cast(sum(delivered) as bigint)`.as("delivered"),
      sql<number>`cast(sum(failed) as bigint)`.as("failed"),
    ])
    .where("hour_at", ">=", starts[0] ?? until.getTime())
    .where("hour_at", "<", until.getTime())
    .$if(webhookId !== undefined, (query) => query.where("webhook_id", "=", webhookId ?? ""))
    .groupBy("hour_at")
    .execute();
  const counts = new Map(starts.map((start) => [start, { delivered: 0, failed: 0 }]));
  for (const { hour_at, delivered, failed } of hours) {
    const count = counts.get(starts.findLast((start) => start <= hour_at) ?? 0);
    if (!count) continue;
    count.delivered += delivered;
    count.failed += failed;
  }
  return counts;
}

interface Stretch {
  from: number;
  before: number;
}

/** An hour is counted where it begins, as deliveries are. */
function readSteps(
  { db }: StoreContext,
  { from, before, webhookId }: Stretch & { webhookId: string },
): Promise<Step[]> {
  return db
    .selectFrom("webhook_durations")
    .select(["step", sql<number>`cast(sum(attempts) as bigint)`.as("attempts")])
    .where("webhook_id", "=", webhookId)
    .where("hour_at", ">=", from)
    .where("hour_at", "<", before)
    .groupBy("step")
    .execute();
}

function quantilesOfSteps(steps: readonly Step[]): StatsBucket["attemptMs"] {
  const samples = countAttempts(steps);
  if (samples === 0) return null;
  const quantile = (share: number) => quantileOf(steps, share) ?? 0;
  return { p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99), samples };
}

async function sampleDurations({ db }: StoreContext, { from, before }: Stretch): Promise<number[]> {
  const newest = db
    .selectFrom("deliveries")
    .select("seq")
    .where("created_at", ">=", from)
    .where("created_at", "<", before)
    .orderBy("created_at", "desc")
    .orderBy("seq", "desc")
    .limit(sampledAttempts);
  const rows = await db
    .selectFrom(newest.as("newest"))
    .innerJoin("attempts", "attempts.delivery_seq", "newest.seq")
    .select("duration_ms")
    .where("trigger", "<>", sql.lit("test" as const))
    .limit(sampledAttempts)
    .execute();
  return rows.map(({ duration_ms }) => duration_ms).sort((a, b) => a - b);
}

function quantilesOf(durations: readonly number[]): StatsBucket["attemptMs"] {
  if (durations.length === 0) return null;
  const quantile = (share: number) => durations[Math.ceil(durations.length * share) - 1] ?? 0;
  return { p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99), samples: durations.length };
}
