import { execFile, execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { refusedHosts } from "../test/forms.ts";
import type { Report } from "../test/reach.ts";

const script = fileURLToPath(new URL("../test/reach.ts", import.meta.url));
let report: Report;

beforeAll(async () => {
  const node = [process.execPath, "--conditions=@sidehook/source", "--no-warnings", script];
  const { stdout } = await promisify(execFile)("unshare", [namespaceFlag(), ...node]);
  report = JSON.parse(stdout) as Report;
}, 30_000);

/** Root may have a network of its own; others may where the system allows them a user namespace. */
function namespaceFlag(): string {
  const reasons: string[] = [];
  for (const flag of ["-n", "-rn"]) {
    try {
      execFileSync("unshare", [flag, "true"], { stdio: "pipe" });
      return flag;
    } catch (error) {
      reasons.push(`unshare ${flag}: ${(error as Error).message.trim()}`); // told below if neither works
    }
  }
  throw new Error(
    `These tests need a network namespace of their own, which is not permitted.\n${reasons.join("\n")}`,
  );
}

function reached(...touched: string[]): unknown[] {
  return touched.map((each) => expect.objectContaining({ outcome: 200, touched: [each] }));
}

function refused(...rules: string[]): unknown[] {
  return rules.map((rule) => {
    const message: unknown = expect.stringContaining(rule);
    return expect.objectContaining({ outcome: "address_refused", message, touched: [] });
  });
}

describe("in a network where every address answers", () => {
  it("reaches no refused address, however it is written", () => {
    expect(report.guarded.length).toBeGreaterThanOrEqual(120);
    expect(report.guarded.filter(({ touched }) => touched.length > 0)).toEqual([]);
    expect(report.guarded.filter(({ outcome }) => outcome !== "address_refused")).toEqual([]);
  });

  it("would reach each of them without the guard", () => {
    expect(report.unguarded).toHaveLength(refusedHosts.length * 2);
    expect(report.unguarded.filter(({ touched }) => touched.length !== 1)).toEqual([]);
  });

  it.each([
    ["public addresses", "public", reached("93.184.216.34 80", "2606:4700::1111 80", "8.8.8.8 80")],
    ["a name with public addresses", "publicName", reached("93.184.216.34 80")],
    ["allowed addresses and ports", "allowed", reached("127.0.0.1 9000", "::1 9000", "127.0.0.1 9000")],
    ["a name of an allowed address", "allowedName", reached("127.0.0.1 9000")],
    ["allowed ranges", "everythingAllowed", reached("10.0.0.1 80", "fc00::1 80")],
  ])("reaches %s", (_what, scenario, visits) => {
    expect(report.scenarios[scenario]).toEqual(visits);
  });

  it.each([
    ["a name with a private address", "privateName", refused("10.0.0.1 is private")],
    ["a name with a public and a private address", "mixedName", refused("10.0.0.1", "10.0.0.1")],
    [
      "a name with a mapped address among public ones",
      "mixedNameIpv6",
      refused("::ffff:127.0.0.1 (127.0.0.1)"),
    ],
    ["a private address over TLS", "secureName", refused("127.0.0.1 is loopback")],
    ["neighbours of what is allowed", "neighbours", refused("127.0.0.1", "127.0.0.2", "::2", "10.0.0.1")],
    [
      "metadata addresses although all is allowed",
      "metadataAllowed",
      refused(...Array.from({ length: 5 }, () => "is a cloud metadata address")),
    ],
  ])("does not reach %s", (_what, scenario, visits) => {
    expect(report.scenarios[scenario]).toEqual(visits);
  });

  it("does not follow a name that is public first and private then", () => {
    expect(report.scenarios["rebinding"]).toEqual([
      ...reached("93.184.216.34 80"),
      ...refused("127.0.0.1 is loopback", "127.0.0.1 is loopback"),
    ]);
  });

  it("does not follow a redirect to a metadata address", () => {
    expect(report.scenarios["redirect"]).toMatchObject([{ outcome: 302, touched: ["93.184.216.34 80"] }]);
  });
});
