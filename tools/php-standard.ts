/** The coding standard of the plugin's PHP: `tools/phpcs`, with the PHP_CodeSniffer that Debian ships. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "./system.ts";

const folder = join(import.meta.dirname, "phpcs");
const fixture = join(folder, "fixtures/bad.php");

/** @throws Error that names every line to be changed */
export function checkStandard(plugin: string): void {
  checkItself();
  const places = ["src", "sidehook.php", "functions.php", "uninstall.php"].map((name) => join(plugin, name));
  const complaints = runPhpcs(places);
  if (complaints.length === 0) return;
  const lines = complaints.map(({ file, line, source, message }) => `${file}:${line} ${message} (${source})`);
  throw new Error(`the plugin's PHP is not written as tools/phpcs says:\n${lines.join("\n")}`);
}

/** A standard that complains of nothing looks like one that everybody keeps. */
function checkItself(): void {
  const text = readFileSync(fixture, "utf8");
  const expected = text
    .split("\n")
    .flatMap((line, index) =>
      / \/\/ (\w+\.\S+)$/.test(line) ? [`${index + 1} ${line.split("// ")[1]}`] : [],
    );
  const found = runPhpcs([fixture]).map(({ line, source }) => `${line} ${source}`);
  if (found.join() === expected.join()) return;
  throw new Error(
    `the standard itself is broken; expected:\n${expected.join("\n")}\nfound:\n${found.join("\n")}`,
  );
}

interface Complaint {
  file: string;
  line: number;
  source: string;
  message: string;
}

function runPhpcs(places: readonly string[]): Complaint[] {
  const { stdout, stderr } = spawnSync(
    findProgram("phpcs") ?? "phpcs",
    [`--standard=${join(folder, "Sidehook")}`, "--report=json", "-q", ...places],
    { encoding: "utf8" },
  );
  if (!stdout.startsWith("{")) throw new Error(`phpcs has failed: ${stdout}${stderr}`);
  const { files } = JSON.parse(stdout) as { files: Record<string, { messages: Omit<Complaint, "file">[] }> };
  return Object.entries(files).flatMap(([file, { messages }]) =>
    messages.map((message) => ({ ...message, file })),
  );
}
