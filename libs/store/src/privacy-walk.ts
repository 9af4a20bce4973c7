import { setImmediate as turn } from "node:timers/promises";
import { InvalidCursorError } from "./store.ts";

/** How long one call works. Whoever asks has a limit too, and goes on with the cursor. */
const budgetMs = 2_000;

/** How many rows one part looks at. A payload may have 256 KiB. */
export const rowsPerPart = 200;

/** Looks at the next rows of one table after this row number; answers the last one, or null at the end. */
export type Part = (afterSeq: number) => Promise<number | null>;

/**
 * Walks through tables one after the other, for a while, and lets others have their turn in between.
 *
 * @param isFull asked after each part: true ends the call early
 * @returns where the next call goes on; null when all is done
 * @throws InvalidCursorError
 */
export async function walk(
  tables: readonly Part[],
  cursor: string | null,
  isFull: () => boolean = () => false,
): Promise<string | null> {
  let { table, afterSeq } = parseCursor(cursor, tables.length);
  const endAt = performance.now() + budgetMs;
  for (;;) {
    const last = await tables[table]?.(afterSeq);
    if (last === undefined) return null;
    if (last === null) table += 1;
    afterSeq = last ?? 0;
    if (table === tables.length) return null;
    if (isFull() || performance.now() > endAt) return `${table}.${afterSeq}`;
    await turn();
  }
}

function parseCursor(cursor: string | null, tableCount: number): { table: number; afterSeq: number } {
  const [, table, afterSeq] = /^(\d)\.(\d{1,15})$/.exec(cursor ?? "0.0") ?? [];
  if (table === undefined || Number(table) >= tableCount) throw new InvalidCursorError();
  return { table: Number(table), afterSeq: Number(afterSeq) };
}
