import { execFile, execFileSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, it } from "vitest";
import { metadataIpv4, metadataIpv6 } from "./hostile-forms.ts";
import type { NetworkReport, Outcome } from "./hostile-network.ts";
import { describeE2e } from "./skip.ts";

const script = join(import.meta.dirname, "hostile-network.ts");

describeE2e("a running sidecar in a network where every address answers", () => {
  let report: NetworkReport;

  beforeAll(async () => {
    const node = [process.execPath, "--conditions=@sidehook/source", "--no-warnings", script];
    const options = { timeout: 170_000, maxBuffer: 64 * 1024 * 1024 };
    const { stdout } = await promisify(execFile)("unshare", [...findNamespaceFlags(), ...node], options);
    report = JSON.parse(stdout) as NetworkReport;
  });

  it("connects to no refused address, however a webhook's URL writes it", () => {
    const { guarded, guardedTouches } = report;
    const atTheDoor = guarded.filter(({ outcome }) => outcome === "refused at the door");
    console.log(
      `${guarded.length} URLs of refused addresses: ${atTheDoor.length} refused at the door, ${guardedTouches.length} connections`,
    );
    expect(guarded.length).toBeGreaterThanOrEqual(150);
    expect(guardedTouches).toEqual([]);
  });

  it("says of each which rule refused it, and does not try again", () => {
    const others = report.guarded.filter(
      ({ outcome, message, attempts }) =>
        outcome !== "address_refused" || attempts !== 1 || !/ is .+\(.+\)$| is not a public /.test(message),
    );
    expect(others).toEqual([]);
  });

  it("would reach each of them if all addresses were allowed", () => {
    const others = report.opened.filter(
      ({ outcome, touched }) => outcome !== "delivered" || touched.length !== 1,
    );
    expect(report.opened.length).toBeGreaterThanOrEqual(150);
    expect(others).toEqual([]);
  });

  it("reaches no cloud metadata even then", () => {
    expect(report.openedMetadata.length).toBeGreaterThan(metadataIpv4.length + metadataIpv6.length);
    const reached = report.openedMetadata.filter(
      ({ outcome, touched }) => outcome !== "address_refused" || touched.length > 0,
    );
    expect(reached).toEqual([]);
  });

  it.each(["private.test", "private6.test", "mapped6.test", "mixed.test", "mixed6.test", "metadata.test"])(
    "does not connect to the name %s",
    (name) => {
      expect(report.scenarios[name]).toMatchObject({ outcome: "address_refused", touched: [] });
    },
  );

  it("does not connect over TLS to a name with a private address", () => {
    expect(report.scenarios["over TLS"]).toMatchObject({ outcome: "address_refused", touched: [] });
  });

  it("asks once for a name and connects to what it has checked, although a second answer would be loopback", () => {
    expect(report.scenarios["rebind.test"]).toMatchObject(reached("93.184.216.34 80"));
    expect(report.scenarios["rebind6.test"]).toMatchObject(reached("2606:4700::1111 80"));
  });

  it("checks again at each attempt: a name that has moved to loopback is refused", () => {
    expect(report.scenarios["retry-rebind.test"]).toMatchObject({
      outcome: "address_refused",
      message: "127.0.0.1 is loopback (127.0.0.0/8)",
      attempts: 2,
      touched: ["93.184.216.34 80"],
    });
  });

  it.each([302, 307, 308])("does not follow a redirect %i to cloud metadata", (status) => {
    const { outcome, touched } = report.scenarios[`redirect ${status}`] ?? {};
    expect(outcome).toBe("redirect");
    expect(new Set(touched)).toEqual(new Set(["93.184.216.34 80"]));
  });

  it("tells an unknown name from a refused one, and reaches public names", () => {
    expect(report.scenarios["unknown.test"]).toMatchObject({ outcome: "dns", attempts: 2 });
    expect(report.scenarios["public.test"]).toMatchObject(reached("93.184.216.34 80"));
    expect(report.scenarios["public6.test"]).toMatchObject(reached("2606:4700::1111 80"));
  });

  it("has touched nothing but public addresses in all of these", () => {
    expect(new Set(report.scenarioTouches)).toEqual(new Set(["93.184.216.34 80", "2606:4700::1111 80"]));
  });
});

function reached(address: string): Pick<Outcome, "outcome" | "touched"> {
  return { outcome: "delivered", touched: [address] };
}

/** Root may have namespaces of its own; others may where the system allows them a user namespace. */
function findNamespaceFlags(): string[] {
  const reasons: string[] = [];
  for (const flags of ["-nm", "-rnm"]) {
    try {
      execFileSync("unshare", [flags, "true"], { stdio: "pipe" });
      return [flags];
    } catch (error) {
      reasons.push(`unshare ${flags}: ${(error as Error).message.trim()}`); // told below if neither works
    }
  }
  throw new Error(
    `This needs network and mount namespaces of its own, which are not permitted.\n${reasons.join("\n")}`,
  );
}
