/** Runs the plugin's tests: brings up a WordPress network, runs PHPUnit in it, and takes it down again. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { eventTypes, payloadSchema } from "../libs/events/src/index.ts";
import { findProgram } from "./system.ts";
import { startWordPress } from "./wordpress.ts";

const projectRoot = dirname(import.meta.dirname);
const report = join(projectRoot, "reports/wp-bridge.xml");

mkdirSync(dirname(report), { recursive: true });
if (process.env["SIDEHOOK_SKIP_E2E"] === "1") skip();
else process.exitCode = await runTests(process.argv.slice(2));

function skip(): void {
  console.log("wp-bridge: skipped, because SIDEHOOK_SKIP_E2E=1");
  writeFileSync(
    report,
    '<?xml version="1.0"?>\n<testsuites><testsuite name="wp-bridge" tests="1" assertions="0" errors="0" failures="0" skipped="1"/></testsuites>\n',
  );
}

/** Without SIDEHOOK_URL and SIDEHOOK_KEY in wp-config.php: each test sets its own. */
async function runTests(args: readonly string[]): Promise<number> {
  const wordpress = await startWordPress();
  const folder = mkdtempSync(join(tmpdir(), "sidehook-phpunit-"));
  try {
    const schemas = join(folder, "schemas.json");
    writeFileSync(schemas, JSON.stringify(readSchemas()));
    return await runPhpunit(args, {
      SIDEHOOK_TEST_ROOT: wordpress.root,
      SIDEHOOK_TEST_SCHEMAS: schemas,
      SIDEHOOK_TEST_NODE: process.execPath,
    });
  } finally {
    rmSync(folder, { recursive: true });
    await wordpress.stop();
  }
}

function readSchemas(): Record<string, unknown> {
  return Object.fromEntries(eventTypes.map((event) => [event.type, payloadSchema(event)]));
}

async function runPhpunit(args: readonly string[], settings: Record<string, string>): Promise<number> {
  const child = spawn(
    findProgram("phpunit") ?? "phpunit",
    ["-c", join(projectRoot, "wp-bridge/phpunit.xml"), "--log-junit", report, ...args],
    { stdio: "inherit", env: { PATH: process.env["PATH"] ?? "", LANG: "C.UTF-8", ...settings } },
  );
  const [status] = (await once(child, "close")) as [number | null];
  return status ?? 1;
}
