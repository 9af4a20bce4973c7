import { eventGroups } from "../libs/events/src/index.ts";
import { settings } from "../apps/sidecar/src/settings.ts";

/** Every setting of the service. */
export function settingsTable(): string {
  return table(
    ["name", "default", "meaning"],
    Object.values(settings).map(({ name, defaultText, meaning }) => [
      code(name),
      defaultText === "" ? "empty" : code(defaultText),
      meaning,
    ]),
  );
}

/** Every event type of the catalog, a row for each group. */
export function eventsTable(): string {
  return table(
    ["group", "event types"],
    eventGroups.map(({ name, eventTypes }) => [name, eventTypes.map(({ type }) => code(type)).join(", ")]),
  );
}

function code(text: string): string {
  return `\`${text}\``;
}

/** Padded as the formatter would, so that it finds nothing to change. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = head.map((_, column) => Math.max(3, ...all.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [first = [], ...rest] = all;
  return [line(first), line(widths.map((width) => "-".repeat(width))), ...rest.map(line)].join("\n");
}
