import { describe, expect, it } from "vitest";
import { createPace } from "./pace.ts";

const most = 16;
const answered = (status: number, durationMs = 5) => ({
  response: { status, headers: {}, body: "" },
  error: null,
  durationMs,
});
const timedOut = { response: null, error: { class: "timeout", message: "" }, durationMs: 15_000 } as const;
const refused = { response: null, error: { class: "connect", message: "" }, durationMs: 1 } as const;

describe("createPace", () => {
  it("gives a webhook that timed out one slot until its receiver answers, whatever it answers", () => {
    const pace = createPace();
    pace.note("a", most, timedOut);
    expect([pace.limitOf("a", most), pace.limitOf("b", most)]).toEqual([1, most]);
    pace.note("a", most, refused);
    expect(pace.limitOf("a", most)).toBe(1);
    pace.note("a", most, answered(500));
    expect(pace.limitOf("a", most)).toBe(most);
  });

  it.for([429, 502, 503, 504])("halves on %i down to one, and adds one for each success", (status) => {
    const pace = createPace();
    const limits = [1, 2, 3, 4, 5].map(() => {
      pace.note("a", most, answered(status));
      return pace.limitOf("a", most);
    });
    expect(limits).toEqual([8, 4, 2, 1, 1]);
    for (let i = 0; i < 3; i++) pace.note("a", most, answered(200));
    expect(pace.limitOf("a", most)).toBe(4);
    for (let i = 0; i < 30; i++) pace.note("a", most, answered(204));
    expect(pace.limitOf("a", most)).toBe(most);
  });

  it("leaves the pace alone on other failures", () => {
    const pace = createPace();
    for (const outcome of [answered(500), answered(404), refused]) pace.note("a", most, outcome);
    expect(pace.limitOf("a", most)).toBe(most);
  });

  it("lets as much be claimed ahead as a receiver takes in a moment, and nothing before it has answered well", () => {
    const pace = createPace();
    const aheadAfter = (outcome: Parameters<typeof pace.note>[2]) => {
      pace.note("a", most, outcome);
      return pace.aheadOf("a");
    };
    expect(pace.aheadOf("a")).toBe(0);
    expect([0, 5, 25, 100, 101].map((ms) => aheadAfter(answered(200, ms)))).toEqual([7, 7, 4, 1, 0]);
    for (const outcome of [answered(500), refused, timedOut]) {
      expect(aheadAfter(answered(200))).toBe(7);
      expect(aheadAfter(outcome)).toBe(0);
    }
  });
});
