// `npm test`: every check and every suite, then what failed, and one closing line that adds up what the suites reported.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { addUp, readReports } from "./report.ts";

const root = dirname(import.meta.dirname);
const reports = join(root, "reports");

/** In order; the first that fails decides the exit code, but every suite is run and counted. */
const steps: readonly (readonly string[])[] = [
  ["oxfmt", "--check", "."],
  ["node", "--conditions=@sidehook/source", "tools/generate.ts", "--check"],
  ["node", "tools/boundaries.ts"],
  ["nx", "run-many", "-t", "lint", "typecheck", "build", "--outputStyle=static"],
  ["nx", "run-many", "-t", "test", "--outputStyle=static"],
  ["nx", "run-many", "-t", "e2e", "--outputStyle=static", "--parallel=1"],
];

rmSync(reports, { recursive: true, force: true });
mkdirSync(reports);
const failures = steps.filter((step) => !run(step));
const results = readReports(reports);
const { passed, failed, skipped } = addUp(results);
for (const failure of results.flatMap((result) => result.failures)) console.error(`\nFailed: ${failure}`);
for (const [command, ...args] of failures) console.error(`Failed: ${[command, ...args].join(" ")}`);
const failedInAll = Math.max(failed, failures.length);
console.log(`${passed} passed, ${failedInAll} failed, ${skipped} skipped`);
process.exit(failures.length === 0 && failed === 0 && passed > 0 ? 0 : 1);

function run([command = "", ...args]: readonly string[]): boolean {
  return spawnSync(command, args, { cwd: root, stdio: "inherit" }).status === 0;
}
