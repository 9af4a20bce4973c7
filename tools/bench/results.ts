import { median } from "./statistics.ts";

export type Unit = "/s" | "ms" | "µs" | "MB" | "%";

/** What was measured, in the words of the table. */
export interface Figure {
  name: string;
  unit: Unit;
}

/** What was accepted and what came, over all rounds of an engine. */
export interface Balance {
  expected: number;
  lost: number;
  duplicates: number;
}

export interface Row {
  figure: Figure;
  engine: string;
  /** One for each round. */
  values: readonly number[];
}

export interface Results {
  add: (figure: Figure, engine: string, value: number) => void;
  /** Counts deliveries that should have come, and those that did not or came twice. */
  count: (engine: string, balance: Balance) => void;
  /** A remark for the end, such as a part that was left out. */
  note: (text: string) => void;
  /** In the order in which figures and engines appeared. */
  listRows: () => Row[];
  listBalances: () => [engine: string, balance: Balance][];
  listNotes: () => readonly string[];
}

export function createResults(): Results {
  const rows = new Map<string, Row & { values: number[] }>();
  const balances = new Map<string, Balance>();
  const notes = new Set<string>();
  return {
    add(figure, engine, value) {
      const key = `${figure.name}\n${engine}`;
      const row = rows.get(key) ?? { figure, engine, values: [] };
      row.values.push(value);
      rows.set(key, row);
    },
    count(engine, { expected, lost, duplicates }) {
      const sum = balances.get(engine) ?? { expected: 0, lost: 0, duplicates: 0 };
      sum.expected += expected;
      sum.lost += lost;
      sum.duplicates += duplicates;
      balances.set(engine, sum);
    },
    note: (text) => void notes.add(text),
    listRows: () => [...Map.groupBy(rows.values(), ({ figure }) => figure.name).values()].flat(),
    listBalances: () => [...balances],
    listNotes: () => [...notes],
  };
}

/**
 * How many times as much as another engine: the median over the rounds that both were measured in, since only what was
 * measured side by side can be compared on a machine that others use, too.
 */
export function ratioTo(row: Row, other: Row | undefined): number {
  if (!other) return Number.NaN;
  return median(row.values.flatMap((value, round) => dividedBy(value, other.values[round])));
}

function dividedBy(value: number, other: number | undefined): number[] {
  return other === undefined || other === 0 ? [] : [value / other];
}
