import { eventTypes } from "@sidehook/events";
import { describe, expect, test } from "vitest";
import { mainSubjectOf, subjectsIn, subjectsOf } from "./subjects.ts";

const about = (payload: unknown, siteId?: number) =>
  subjectsOf({ payload: JSON.stringify(payload), context: siteId === undefined ? {} : { siteId } });

describe("what an event is about", () => {
  test("is every id by the last word of its name, and every e-mail address", () => {
    const payload = {
      payment_id: 12,
      customer_id: "5",
      customer_user_email: "Robin@Example.com",
      site: { blog_id: 3, owner: { owner_user_id: 9 } },
      total: 29.9,
      note: "write to robin@example.com please",
    };
    expect(about(payload, 1)).toEqual([
      "payment:12",
      "customer:5",
      "robin@example.com",
      "site:3",
      "user:9",
      "site:1",
    ]);
  });

  test("is nobody where WordPress writes 0 or nothing", () => {
    expect(about({ user_id: 0, site_id: "0", customer_id: "", order_id: null, email: "" })).toEqual([]);
  });

  test("stays small for a payload that holds a thousand things, and ends in deep ones", () => {
    const many = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, n) => [`a${"x".repeat(n % 7)}_id`, n + 1]),
    );
    expect(about({ list: Array.from({ length: 1_000 }, () => many) }).length).toBeLessThanOrEqual(24);
    expect(about({ a: { b: { c: { d: { user_id: 1 } } } } })).toEqual([]);
  });

  test.each([
    ["customer:5", ["customer:5"]],
    [" Customer: 5 ", ["customer:5"]],
    ["customer#5", ["customer:5"]],
    ["blog:3", ["site:3"]],
    ["Robin@Example.com", ["robin@example.com"]],
    ["evt_1", []],
    ["https://example.com", []],
    ["", []],
  ])("is looked for by %j as %j", (text, subjects) => {
    expect(subjectsIn(text)).toEqual(subjects);
  });

  test("is looked for by a bare number as whatever is counted", () => {
    expect(subjectsIn("12")).toEqual(expect.arrayContaining(["customer:12", "membership:12", "site:12"]));
  });
});

describe("the object of an event", () => {
  test.each([
    ["payment_received", { customer_id: 7, payment_id: 5 }, { subject: "payment:5", isOfSite: false }],
    [
      "membership_updated",
      { customer_id: 7, membership_id: 2 },
      { subject: "membership:2", isOfSite: false },
    ],
    ["wp_post_updated", { post_author_id: 1, post_id: 8 }, { subject: "post:8", isOfSite: true }],
    [
      "checkout_completed",
      { membership_id: 2, customer_id: 7 },
      { subject: "membership:2", isOfSite: false },
    ],
    ["my.thing", { text: "a@b.example" }, null],
  ])("of %s is what the type names, else the first", (type, payload, expected) => {
    expect(mainSubjectOf({ type, payload: JSON.stringify(payload), context: {} })).toEqual(expected);
  });

  test("is found for nearly every event type of the catalog", () => {
    const without = eventTypes.filter(
      ({ type, sample }) => !mainSubjectOf({ type, payload: JSON.stringify(sample), context: {} }),
    );
    expect(without.length).toBeLessThan(eventTypes.length / 5);
  });
});
