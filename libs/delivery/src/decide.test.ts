import { describe, expect, it } from "vitest";
import { asksToSlowDown, decide } from "./decide.ts";
import { failureClasses, type FailureClass } from "./delivery.ts";
import { failureTexts } from "./failure.ts";
import { defaultScheduleMs } from "./retry.ts";

const now = new Date("2026-11-21T12:00:00Z");
const second = 1000;
const hour = 3600 * second;
const day = 24 * hour;

const answered = (status: number, retryAfter?: string) => ({
  response: { status, headers: retryAfter === undefined ? {} : { "retry-after": retryAfter }, body: "" },
  error: null,
});
const broken = (failureClass: FailureClass) => ({
  response: null,
  error: { class: failureClass, message: "" },
});
const decideOn = (result: ReturnType<typeof answered> | ReturnType<typeof broken>, attemptNumber: number) =>
  decide({ attemptNumber, result, policy: { scheduleMs: defaultScheduleMs }, now, random: () => 0.5 });

const delivered = { state: "delivered" };
const failed = (failureClass: FailureClass, isWebhookGone = false) => ({
  state: "failed",
  failureClass,
  isWebhookGone,
});
const pending = (failureClass: FailureClass, waitMs: number) => ({
  state: "pending",
  failureClass,
  nextAttemptAt: new Date(now.getTime() + waitMs),
});

const classes: [status: number, FailureClass][] = [
  [300, "redirect"],
  [301, "redirect"],
  [302, "redirect"],
  [304, "redirect"],
  [308, "redirect"],
  [400, "rejected"],
  [401, "rejected"],
  [403, "rejected"],
  [404, "rejected"],
  [409, "rejected"],
  [413, "rejected"],
  [418, "rejected"],
  [451, "rejected"],
  [499, "rejected"],
  [408, "busy"],
  [425, "busy"],
  [429, "busy"],
  [500, "server_error"],
  [501, "server_error"],
  [502, "server_error"],
  [503, "server_error"],
  [504, "server_error"],
  [520, "server_error"],
  [999, "server_error"],
];
const retriedErrors: FailureClass[] = ["dns", "connect", "tls", "reset", "timeout", "protocol"];
const lastAttempt = defaultScheduleMs.length + 1;

describe("decide", () => {
  it.each([200, 201, 202, 204, 206, 226, 299])("delivers on %i, on any attempt", (status) => {
    for (const attempt of [1, 5, lastAttempt, 99])
      expect(decideOn(answered(status), attempt)).toEqual(delivered);
    expect(decideOn(answered(status, "60"), 1)).toEqual(delivered);
  });

  it.each(classes)("retries %i as %s until the schedule is used up", (status, failureClass) => {
    for (const [index, waitMs] of defaultScheduleMs.entries()) {
      expect(decideOn(answered(status), index + 1)).toEqual(pending(failureClass, waitMs));
    }
    expect(decideOn(answered(status), lastAttempt)).toEqual(failed(failureClass));
    expect(decideOn(answered(status, "60"), lastAttempt)).toEqual(failed(failureClass));
    expect(decideOn(answered(status), 99)).toEqual(failed(failureClass));
  });

  it.each(retriedErrors)("retries %s until the schedule is used up", (failureClass) => {
    expect(decideOn(broken(failureClass), 1)).toEqual(pending(failureClass, 5 * second));
    expect(decideOn(broken(failureClass), lastAttempt - 1)).toEqual(pending(failureClass, day));
    expect(decideOn(broken(failureClass), lastAttempt)).toEqual(failed(failureClass));
  });

  it("never retries 410 and tells that the webhook is gone", () => {
    expect(decideOn(answered(410), 1)).toEqual(failed("gone", true));
    expect(decideOn(answered(410, "60"), 1)).toEqual(failed("gone", true));
  });

  it("never retries a refused address", () => {
    expect(decideOn(broken("address_refused"), 1)).toEqual(failed("address_refused"));
  });

  it.each([408, 425, 429, 500, 502, 503, 504])(
    "honours Retry-After of %i between the wait and 24 hours",
    (status) => {
      const failureClass = status < 500 ? "busy" : "server_error";
      const cases: [header: string, attempt: number, waitMs: number][] = [
        ["1", 1, 5 * second],
        ["60", 1, 60 * second],
        ["59.2", 1, 60 * second],
        ["60", 2, 300 * second],
        ["9999999", 1, day],
        ["Sat, 21 Nov 2026 13:00:00 GMT", 1, hour],
        ["Sat, 21 Nov 2026 11:00:00 GMT", 1, 5 * second],
        ["Sat, 21 Nov 2099 11:00:00 GMT", 1, day],
        ["in a minute", 1, 5 * second],
      ];
      for (const [header, attempt, waitMs] of cases) {
        expect(decideOn(answered(status, header), attempt)).toEqual(pending(failureClass, waitMs));
      }
    },
  );

  it.each([302, 400, 404])("does not let %i ask for a later retry", (status) => {
    expect(decideOn(answered(status, "3600"), 1)).toMatchObject({
      nextAttemptAt: new Date(now.getTime() + 5 * second),
    });
  });

  it("spreads retries by ±20 %", () => {
    const waitWith = (random: number) => {
      const policy = { scheduleMs: [100 * second] };
      const decision = decide({ attemptNumber: 1, result: answered(500), policy, now, random: () => random });
      return decision.state === "pending" && decision.nextAttemptAt.getTime() - now.getTime();
    };
    expect([waitWith(0), waitWith(0.5), waitWith(0.999_999)]).toEqual([
      80 * second,
      100 * second,
      120 * second,
    ]);
  });

  it("fails at once when the webhook has an empty schedule", () => {
    const input = { attemptNumber: 1, policy: { scheduleMs: [] }, now, random: () => 0.5 };
    expect(decide({ ...input, result: answered(500) })).toEqual(failed("server_error"));
  });
});

it("slows a webhook down on 429, 502, 503 and 504 alone", () => {
  const all = Array.from({ length: 500 }, (_, index) => 100 + index);
  expect(all.filter(asksToSlowDown)).toEqual([429, 502, 503, 504]);
});

it.each(failureClasses)("has a sentence and a hint for %s", (failureClass) => {
  expect(failureTexts[failureClass].summary).toMatch(/^[A-Z].+\.$/);
  expect(failureTexts[failureClass].hint).toMatch(/^[A-Z].+\.$/);
});
