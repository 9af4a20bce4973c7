// Keeps the payloads of the catalog as those of the release in libs/events/package.json. Run once for each release; what
// receivers rely on from then on is in the file, and a test compares the catalog with it. Before anybody has the release
// its file is a draft: delete it, and run this again.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { eventTypes } from "../libs/events/src/index.ts";
import { buildRelease } from "../libs/events/src/releases.ts";

const folder = join(dirname(import.meta.dirname), "libs/events");
const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
const file = join(folder, `releases/${version}.json`);
if (existsSync(file)) throw new Error(`${file} exists: what was released is not changed.`);
writeFileSync(file, `${JSON.stringify(buildRelease(eventTypes), null, 2)}\n`);
console.log(`${file} written`);
