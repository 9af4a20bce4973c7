import { describe, expect, it } from "vitest";
import { matchesFilter, validateFilter, type Filter } from "./filter.ts";

const payload = {
  payment_id: "5",
  payment_status: "completed",
  payment_total_raw: "29.9000",
  payment_is_trial: false,
  membership_id: null,
  tags: ["gold", 7],
  site: { type: "customer_owned", domain: "shop.example" },
};
const context = { siteId: 3, source: "cron" };

describe("matchesFilter", () => {
  it.for<[Filter, boolean]>([
    [{ payment_status: ["completed"] }, true],
    [{ payment_status: ["pending", "completed"] }, true],
    [{ payment_status: ["pending"] }, false],
    [{ payment_status: ["completed"], payment_is_trial: [true] }, false],
    [{ payment_status: ["completed"], payment_is_trial: [false] }, true],
    [{ payment_id: [5] }, true],
    [{ payment_id: ["5"] }, true],
    [{ tags: ["7"] }, true],
    [{ tags: ["silver"] }, false],
    [{ membership_id: [null] }, true],
    [{ membership_id: [0] }, false],
    [{ membership_id: [""] }, false],
    [{ payment_status: [{ prefix: "comp" }] }, true],
    [{ payment_status: [{ prefix: "pend" }] }, false],
    [{ payment_status: [{ suffix: "ed" }] }, true],
    [{ payment_total_raw: [{ numeric: [">=", 29.9] }] }, true],
    [{ payment_total_raw: [{ numeric: [">", 10, "<", 20] }] }, false],
    [{ payment_total_raw: [{ numeric: [">", 10, "<=", 30] }] }, true],
    [{ payment_total_raw: [{ numeric: ["=", 29.9] }] }, true],
    [{ payment_status: [{ numeric: [">", 0] }] }, false],
    [{ payment_status: [{ not: ["failed", { prefix: "re" }] }] }, true],
    [{ payment_status: [{ not: ["completed"] }] }, false],
    [{ nothing: [{ not: ["completed"] }] }, true],
    [{ nothing: [{ exists: false }] }, true],
    [{ membership_id: [{ exists: true }] }, true],
    [{ nothing: [{ exists: true }] }, false],
    [{ toString: [{ exists: true }] }, false],
    [{ site: { type: ["customer_owned"], domain: [{ suffix: ".example" }] } }, true],
    [{ site: { type: ["main"] } }, false],
    [{ nothing: { type: ["main"] } }, false],
    [{ $context: { siteId: [3] } }, true],
    [{ $context: { siteId: [4] } }, false],
    [{ $or: [{ payment_id: [6] }, { payment_id: [5] }] }, true],
    [{ $or: [{ payment_id: [6] }, { payment_id: [7] }] }, false],
    [{ $and: [{ payment_id: [5] }, { $context: { source: ["cron"] } }] }, true],
    [{ $and: [{ payment_id: [5] }, { $context: { source: ["web"] } }] }, false],
  ])("%j is %s", ([filter, expected]) => {
    expect(validateFilter(filter)).toEqual([]);
    expect(matchesFilter(filter, payload, context)).toBe(expected);
  });

  it("takes linear time, whatever the payload holds", () => {
    const filter: Filter = { text: Array.from({ length: 200 }, () => ({ suffix: "a".repeat(30) })) };
    expect(matchesFilter(filter, { text: `${"a".repeat(200_000)}!` }, {})).toBe(false);
  });
});

describe("validateFilter", () => {
  it("names every problem at once", () => {
    const filter = {
      payment_status: "completed",
      payment_total_raw: [{ numeric: [">=", "10"] }, { regex: ".*" }, { prefix: "a", suffix: "b" }],
      $or: [],
      $not: [{}],
      site: {},
      tags: [["gold"]],
      membership_id: [{ exists: "yes" }],
    };
    expect(validateFilter(filter).map(({ path }) => path)).toEqual([
      "filter.payment_status",
      "filter.payment_total_raw[0].numeric",
      "filter.payment_total_raw[1]",
      "filter.payment_total_raw[2]",
      "filter.$or",
      "filter.$not",
      "filter.site",
      "filter.tags[0]",
      "filter.membership_id[0].exists",
    ]);
  });

  it.for([null, [], "completed", {}, { a: [{ constructor: 1 }] }, { a: [{ __proto__: 1 }, {}] }])(
    "refuses %j",
    (filter) => {
      expect(validateFilter(filter)).not.toEqual([]);
    },
  );

  it("bounds depth and length", () => {
    let deep: unknown = { a: [1] };
    for (let i = 0; i < 9; i++) deep = { a: deep };
    expect(validateFilter(deep)[0]?.message).toContain("nested deeper");
    expect(validateFilter({ a: ["x".repeat(9000)] })[0]?.message).toContain("8192");
  });
});
