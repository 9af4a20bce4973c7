// `npm run generate` writes what is made from something else; with `--check` it fails when any of it is stale.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { eventTypes } from "../libs/events/src/index.ts";
import { eventsPage } from "./events-page.ts";
import { receiverConversions } from "./generate-conversions.ts";
import { payloadTypes } from "./payload-types.ts";
import { commandsTable, eventsTable, settingsTable } from "./readme-tables.ts";

interface Target {
  /** From the root of the repository. */
  path: string;
  /**
   * Replaces only what stands between the comments `generated:section` and `/generated:section`; without it the whole
   * file is generated.
   */
  section?: string;
  content: () => string;
}

const targets: readonly Target[] = [
  { path: "libs/events/src/payloads.ts", content: () => payloadTypes(eventTypes) },
  { path: "wp-bridge/events.json", content: bridgeEvents },
  {
    path: "wp-bridge/receiver/sidehook-receiver.php",
    section: "conversions",
    content: () => receiverConversions(eventTypes),
  },
  { path: "libs/events/EVENTS.md", content: eventsPage },
  { path: "README.md", section: "events", content: eventsTable },
  { path: "README.md", section: "commands", content: commandsTable },
  { path: "README.md", section: "settings", content: settingsTable },
];

const root = dirname(import.meta.dirname);
const isCheck = process.argv.includes("--check");
const stale = targets.filter((target) => !isFresh(target));
for (const { path } of stale) console.log(isCheck ? `${path} is stale: npm run generate` : `${path} written`);
if (isCheck && stale.length > 0) process.exit(1);

/** Writes the target unless it only checks. */
function isFresh({ path, section, content }: Target): boolean {
  const file = join(root, path);
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  const after = section === undefined ? content() : replaceSection(before, marks(path, section), content());
  if (after !== before && !isCheck) writeFileSync(file, after);
  return after === before;
}

/** A formatter wants the blank lines around a table of Markdown. */
function marks(path: string, section: string): [start: string, end: string] {
  return path.endsWith(".md")
    ? [`<!-- generated:${section} -->\n\n`, `\n\n<!-- /generated:${section} -->`]
    : [`// generated:${section}\n`, `\n\t// /generated:${section}`];
}

function replaceSection(text: string, [start, end]: [start: string, end: string], content: string): string {
  const from = text.indexOf(start);
  // What is between may be nothing yet, so that both marks share a line break.
  const to = text.indexOf(end, from + start.length - 1);
  if (from < 0 || to < 0) throw new Error(`The marks ${start.trim()} and ${end.trim()} are missing.`);
  return `${text.slice(0, from)}${start}${content.trimEnd()}${text.slice(to)}`;
}

/** What the plugin shows of the catalog: what it can hear, and so nothing the sidecar tells of itself. */
function bridgeEvents(): string {
  const heard = eventTypes.filter(({ status }) => status !== "own");
  const events = heard.map(({ type, name, group, description, source }) => {
    return { type, name, group, description, source };
  });
  return `${JSON.stringify(events, null, 2)}\n`;
}
