import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

export interface Report extends Counts {
  /** Of each failed test: where it is, its name and what it said. */
  failures: string[];
}

/** Reads the machine-readable report of each suite: JSON of vitest, XML of PHPUnit (JUnit form). */
export function readReports(folder: string): Report[] {
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const text = readFileSync(join(folder, name), "utf8");
      return name.endsWith(".xml") ? readJunit(text) : readVitest(text);
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
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { status: string; fullName: string; failureMessages?: string[] }[];
  }[];
}

/** A line of a stack that tells nothing of the project. */
const foreignFrame = /\n +at .*(node_modules|new Promise).*/g;

function readVitest(text: string): Report {
  const report = JSON.parse(text) as VitestReport;
  const failedTests = report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === "failed")
      .map((test) => `${name}: ${test.fullName}\n${test.failureMessages?.join("\n") ?? ""}`)
      .map((failure) => failure.replaceAll(foreignFrame, "")),
  );
  // A file that cannot be loaded or set up has no failed test of its own, yet must count as a failure.
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles.length,
    skipped: report.numPendingTests + report.numTodoTests,
    failures: [...failedTests, ...brokenFiles.map(({ name, message }) => `${name}\n${message}`)],
  };
}

/** The first <testsuite> holds the sums of all below it. */
function readJunit(text: string): Report {
  const [suite = ""] = /<testsuite\b[^>]*>/.exec(text) ?? [];
  const count = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = count("failures") + count("errors");
  const skipped = count("skipped");
  return {
    passed: count("tests") - failed - skipped,
    failed,
    skipped,
    failures: [...text.matchAll(/<(failure|error)\b[^>]*>([^<]*)/g)].map(([, , said = ""]) => said),
  };
}
