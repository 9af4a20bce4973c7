import { describe, expect, it } from "vitest";
import { validateFilter } from "./filter.ts";
import { codedProblem } from "./problem.ts";
import { validateHeaders, validateUrl } from "./request.ts";

describe("codedProblem", () => {
  it("says in English what its code and values say in every language", () => {
    const values = { max: 2048 };
    const message = "must be at most 2048 characters";
    expect(codedProblem("url", "length", values)).toEqual({ path: "url", code: "length", values, message });
  });

  it("has every value that its text asks for, whichever rule it comes from", () => {
    const deep = Array.from({ length: 12 }).reduce<object>((inner) => ({ a: inner }), { a: [1] });
    const wrongFilter = { a: [], b: [[1]], c: [{ like: "x" }], d: [{ numeric: [1] }], $not: [], $or: [deep] };
    const problems = [
      ...validateUrl(`https://example.com/${"a".repeat(3000)}`),
      ...validateUrl("ftp://example.com"),
      ...validateHeaders({ host: "a", "x y": "b", "x-long": "c".repeat(7000) }),
      ...validateFilter(wrongFilter),
      ...validateFilter({ a: ["x".repeat(9000)] }),
    ];
    expect(new Set(problems.map(({ code }) => code)).size).toBeGreaterThan(9);
    for (const { message } of problems) expect(message).not.toMatch(/[{}]|undefined/);
  });
});
