import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Reads the machine-readable report of each suite: JSON of vitest, XML of PHPUnit (JUnit form). */
export function readReports(folder: string): Counts[] {
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const text = readFileSync(join(folder, name), "utf8");
      return name.endsWith(".xml") ? countJunit(text) : countVitest(text);
    });
}

export function addUp(reports: readonly Counts[]): Counts {
  return reports.reduce(
    (sum, { passed, failed, skipped }) => ({
      passed: sum.passed + passed,
      failed: sum.failed + failed,
      skipped: sum.skipped + skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}

interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

function countVitest(text: string): Counts {
  const report = JSON.parse(text) as VitestReport;
  // A file that cannot be loaded or set up has no failed test of its own, yet must count as a failure.
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** The first <testsuite> holds the sums of all below it. */
function countJunit(text: string): Counts {
  const [suite = ""] = /<testsuite\b[^>]*>/.exec(text) ?? [];
  const count = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = count("failures") + count("errors");
  const skipped = count("skipped");
  return { passed: count("tests") - failed - skipped, failed, skipped };
}
