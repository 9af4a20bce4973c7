/**
 * The plugin's texts in other languages. `node tools/translations.ts` brings `languages/sidehook.pot` and the `.po` files
 * up to what the PHP says, keeps what has been translated, and compiles the `.mo` files that WordPress reads.
 * With `--check` nothing is written: it fails if something would be, or is not translated.
 */
import { execFileSync } from "node:child_process";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { findProgram } from "./system.ts";
import { buildMo } from "./translations/mo.ts";
import { keyOf, parsePo, printPo, type Message } from "./translations/po.ts";

const plugin = join(dirname(import.meta.dirname), "wp-bridge");
const folder = join(plugin, "languages");
const isCheck = process.argv.includes("--check");
const problems: string[] = [];

const texts = extract();
save("sidehook.pot", printPo(null, texts));
for (const name of globSync("*.po", { cwd: folder }).toSorted()) translate(name);
if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exitCode = 1;
} else {
  console.log(`wp-bridge: ${texts.length} texts are translated`);
}

function extract(): Message[] {
  const script = join(import.meta.dirname, "translations/extract.php");
  const json = execFileSync(findProgram("php") ?? "php", [script, plugin], { encoding: "utf8" });
  const byKey = new Map<string, Message>();
  for (const { place, ...found } of JSON.parse(json) as (Omit<Message, "places"> & { place: string })[]) {
    const known = byKey.get(keyOf(found)) ?? { ...found, places: [], translations: [] };
    // The line would change with each edit of the file above it.
    const file = place.slice(0, place.lastIndexOf(":"));
    const places = known.places.includes(file) ? known.places : [...known.places, file];
    byKey.set(keyOf(found), { ...known, places });
  }
  return [...byKey.values()];
}

function translate(name: string): void {
  const language = basename(name, ".po").slice("sidehook-".length);
  const known = new Map(
    parsePo(readFileSync(join(folder, name), "utf8")).map((message) => [
      keyOf(message),
      message.translations,
    ]),
  );
  const messages = texts.map((text) => ({ ...text, translations: known.get(keyOf(text)) ?? [] }));
  save(name, printPo(language, messages));
  const missing = messages.filter((message) => !isComplete(message));
  for (const { text } of missing) problems.push(`${language} lacks: ${text}`);
  save(name.replace(/po$/, "mo"), buildMo(language, messages.filter(isComplete)));
}

/** All plural forms are there, and have the places for values that the text has. */
function isComplete({ text, plural, translations }: Message): boolean {
  if (translations.length !== (plural === undefined ? 1 : 2)) return false;
  return translations.every((each) => each !== "" && marksOf(each) === marksOf(text));
}

function marksOf(text: string): string {
  return [...text.matchAll(/%(?:\d\$)?[sd]/g)]
    .map(([mark]) => mark)
    .toSorted()
    .join();
}

function save(name: string, content: string | Buffer): void {
  const file = join(folder, name);
  if (!isCheck) writeFileSync(file, content);
  else if (!Buffer.from(content).equals(readOrEmpty(file))) {
    problems.push(`${name} is not up to date: run node tools/translations.ts`);
  }
}

function readOrEmpty(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0); // not there yet: so it is not up to date
  }
}
