// `npm run generate` writes what is made from something else; with `--check` it fails when any of it is stale.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { eventTypes } from "../libs/events/src/index.ts";
import { payloadTypes } from "./payload-types.ts";
import { eventsTable, settingsTable } from "./readme-tables.ts";

interface Target {
  /** From the root of the repository. */
  path: string;
  /**
   * Replaces only what stands between `<!-- generated:section -->` and `<!-- /generated:section -->` of a
   * Markdown file; without it the whole file is generated.
   */
  section?: string;
  content: () => string;
}

const targets: readonly Target[] = [
  { path: "libs/events/src/payloads.ts", content: () => payloadTypes(eventTypes) },
  { path: "wp-bridge/events.json", content: bridgeEvents },
  { path: "README.md", section: "events", content: eventsTable },
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
  const after = section === undefined ? content() : replaceSection(before, section, content());
  if (after !== before && !isCheck) writeFileSync(file, after);
  return after === before;
}

function replaceSection(text: string, section: string, content: string): string {
  const [start, end] = [`<!-- generated:${section} -->`, `<!-- /generated:${section} -->`];
  const from = text.indexOf(start);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`The marks ${start} and ${end} are missing.`);
  return `${text.slice(0, from + start.length)}\n\n${content.trim()}\n\n${text.slice(to)}`;
}

/** What the plugin shows of the catalog. */
function bridgeEvents(): string {
  const events = eventTypes.map(({ type, name, group, description, source }) => {
    return { type, name, group, description, source };
  });
  return `${JSON.stringify(events, null, 2)}\n`;
}
