import { sql } from "kysely";
import type { StoreContext } from "./context.ts";
import type { Made } from "./record.ts";
import type { DurationRow } from "./schema.ts";
import { inQuickTransaction } from "./transaction.ts";
import { upsert } from "./upsert.ts";

const hourMs = 3_600_000;
/** A step is a quarter longer than the one before, so that what is said is off by an eighth at most. */
const stepsPerDecade = 10;

/** An attempt as far as its duration is counted. */
export interface Timed {
  webhookId: string;
  startedAt: Date;
  durationMs: number;
}

/** Of those that were recorded. Tests are not measured. */
export function timesOf(made: readonly Made[], recorded: ReadonlySet<string>): Timed[] {
  return made.flatMap(({ record: { claimToken, webhookId, attempt } }) =>
    recorded.has(claimToken) && attempt.trigger !== "test"
      ? [{ webhookId, startedAt: attempt.startedAt, durationMs: attempt.durationMs }]
      : [],
  );
}

/** How long attempts took, since it was last asked: a row for each webhook, hour and step. */
export interface DurationCounts {
  note: (attempts: readonly Timed[]) => void;
  takeAll: () => readonly DurationRow[];
}

export function createDurationCounts(): DurationCounts {
  const rows = new Map<string, DurationRow>();
  return {
    note(attempts) {
      for (const { webhookId, startedAt, durationMs } of attempts) {
        const hourAt = startedAt.getTime() - (startedAt.getTime() % hourMs);
        const step = Math.ceil(stepsPerDecade * Math.log10(Math.max(1, durationMs)));
        const key = `${webhookId} ${hourAt} ${step}`;
        const row = rows.get(key);
        if (row) row.attempts++;
        else rows.set(key, { webhook_id: webhookId, hour_at: hourAt, step, attempts: 1 });
      }
    },
    takeAll() {
      const all = [...rows.entries()].sort(([a], [b]) => (a < b ? -1 : Number(a > b))).map(([, row]) => row);
      rows.clear();
      return all;
    },
  };
}

/**
 * Stores what has been counted. Beside the recording of attempts, not with it: a crash may lose what was measured in
 * the last second, and nothing waits for it. Rows in the order of their keys, as two transactions that wait for each
 * other's would be a deadlock.
 */
export async function storeDurations(context: StoreContext): Promise<void> {
  const rows = context.durations.takeAll();
  if (rows.length === 0) return;
  const columns = { webhook_id: "text", hour_at: "bigint", step: "bigint", attempts: "bigint" } as const;
  const insert = sql`${upsert(context.dialect, { table: "webhook_durations", columns, rows })}
    on conflict (webhook_id, hour_at, step) do update set
      attempts = webhook_durations.attempts + excluded.attempts`;
  await inQuickTransaction(context, (trx) => insert.execute(trx));
}

/** So many attempts that took about as long. */
export type Step = Pick<DurationRow, "step" | "attempts">;

/**
 * Quantile of how long attempts took: the middle of the step it falls into, in whole milliseconds.
 *
 * @param share 0.95 for the time that 95 of 100 attempts did not exceed
 */
export function quantileOf(steps: readonly Step[], share: number): number | null {
  const rank = Math.ceil(share * countAttempts(steps));
  let seen = 0;
  for (const { step, attempts } of steps.toSorted((a, b) => a.step - b.step)) {
    seen += attempts;
    if (seen >= rank) return Math.round(10 ** (Math.max(0, step - 0.5) / stepsPerDecade));
  }
  return null;
}

export function countAttempts(steps: readonly Step[]): number {
  return steps.reduce((sum, { attempts }) => sum + attempts, 0);
}
