import { describe, expect, it } from "vitest";
import { createPace } from "./pace.ts";

const most = 16;
const answered = (status: number) => ({ response: { status, headers: {}, body: "" }, error: null });
const timedOut = { response: null, error: { class: "timeout", message: "" } } as const;
const refused = { response: null, error: { class: "connect", message: "" } } as const;

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
});
