import { expect, it } from "vitest";
import { createAddressGuard, parseAllowList } from "./address.ts";
import { findUrlRefusal } from "./reach.ts";

const guard = createAddressGuard({ allow: parseAllowList("127.0.0.1:9000") });

it.for<[string, string | undefined]>([
  ["http://127.0.0.1/x", "loopback"],
  ["http://127.0.0.1:9000/x", undefined],
  ["http://0x7f.1:9001/x", "loopback"],
  ["https://[::1]/x", "loopback"],
  ["http://169.254.169.254:9000/x", "metadata"],
  ["https://93.184.216.34/x", undefined],
  ["http://localhost:9001/x", "loopback"],
])("%s is refused because of %s", async ([url, rule]) => {
  const refusal = await findUrlRefusal(url, guard);
  expect(rule === undefined ? refusal === undefined : refusal?.includes(rule)).toBe(true);
});

it("asks for every address of a name, and takes a name without one as it is", async () => {
  const lookup = (hostname: string) =>
    hostname === "two.example"
      ? Promise.resolve([
          { address: "93.184.216.34", family: 4 },
          { address: "10.0.0.1", family: 4 },
        ])
      : Promise.reject(new Error("ENOTFOUND"));
  expect(await findUrlRefusal("https://two.example/x", guard, lookup)).toContain("10.0.0.1 is private");
  expect(await findUrlRefusal("https://none.example/x", guard, lookup)).toBeUndefined();
});
