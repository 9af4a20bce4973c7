import { ratioTo, type Balance, type Results, type Row } from "./results.ts";
import { median } from "./statistics.ts";

/** What the others are compared with, each a column. */
const yardsticks = ["bare", "bullmq-everysec", "pg-boss", "graphile"];

/** The figures of all engines: median, least and most, and how many times each yardstick's. */
export function formatResults(results: Results): string {
  const rows = results.listRows();
  const header = ["figure", "engine", "median", "min .. max", ...yardsticks.map((name) => `x ${name}`)];
  let last = "";
  const lines = rows.map((row) => {
    const title = row.figure.name === last ? "" : `${row.figure.name} [${row.figure.unit}]`;
    last = row.figure.name;
    return [
      title,
      row.engine,
      ...formatValues(row),
      ...yardsticks.map((name) => formatRatio(row, rows, name)),
    ];
  });
  return alignColumns([header, ...lines]);
}

function formatValues({ values }: Row): string[] {
  const spread =
    values.length > 1 ? `${formatNumber(Math.min(...values))} .. ${formatNumber(Math.max(...values))}` : "";
  return [formatNumber(median(values)), spread];
}

function formatRatio(row: Row, rows: readonly Row[], yardstick: string): string {
  const other = rows.find(({ figure, engine }) => figure.name === row.figure.name && engine === yardstick);
  const ratio = ratioTo(row, other);
  return Number.isNaN(ratio) ? "" : ratio.toFixed(2);
}

/** Whether every delivery came, and how many came more than once. */
export function formatBalances(balances: readonly [string, Balance][]): string {
  const header = ["engine", "deliveries expected", "lost", "duplicates"];
  const lines = balances.map(([engine, { expected, lost, duplicates }]) => [
    engine,
    formatNumber(expected),
    formatNumber(lost),
    formatNumber(duplicates),
  ]);
  return alignColumns([header, ...lines]);
}

export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return "-";
  const digits = value >= 100 || Number.isInteger(value) ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString("en-US", { maximumFractionDigits: digits, minimumFractionDigits: digits });
}

/** Texts to the left, numbers to the right. */
export function alignColumns(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, at) => pad(cell, widths[at] ?? 0, at))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function pad(cell: string, width: number, at: number): string {
  return at < 2 && !/^[\d.,-]+$/.test(cell) ? cell.padEnd(width) : cell.padStart(width);
}
