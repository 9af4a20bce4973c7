import { describe, expect, it, vi } from "vitest";
import { payloadReader, refusalOf, wants } from "./webhook.ts";

const webhook = { events: ["payment_*"], isActive: true, siteIds: [], filter: null };
const event = { type: "payment_received", context: { siteId: 3 }, payload: '{"payment_status":"completed"}' };

describe("refusalOf", () => {
  it("names the first reason that keeps an event from a webhook", () => {
    const filter = { payment_status: ["failed"] };
    const refused = { events: ["a"], isActive: false, siteIds: [4], filter };
    const { events, isActive, siteIds } = webhook;
    const reasonOf = (more: object) => refusalOf({ ...refused, ...more }, event, payloadReader(event));
    expect(reasonOf({})).toBe("not_subscribed");
    expect(reasonOf({ events })).toBe("inactive");
    expect(reasonOf({ events, isActive })).toBe("site");
    expect(reasonOf({ events, isActive, siteIds })).toBe("filter");
    expect(reasonOf({ events, isActive, siteIds, filter: { payment_status: ["completed"] } })).toBe(null);
  });

  it("parses a payload once for all webhooks, and not at all when no filter asks", () => {
    const parse = vi.spyOn(JSON, "parse");
    const readPayload = payloadReader(event);
    for (let i = 0; i < 3; i++) refusalOf(webhook, event, readPayload);
    expect(parse).not.toHaveBeenCalled();
    for (let i = 0; i < 3; i++) refusalOf({ ...webhook, filter: { a: [1] } }, event, readPayload);
    expect(parse).toHaveBeenCalledTimes(1);
    parse.mockRestore();
  });
});

describe("wants", () => {
  it.for<[string, string, boolean]>([
    ["*", "anything.at.all", true],
    ["*", "sidehook.webhook_held", false],
    ["sidehook.*", "sidehook.webhook_held", true],
    ["sidehook.webhook_held", "sidehook.webhook_held", true],
    ["payment_*", "payment_received", true],
    ["payment_*", "site_published", false],
    ["payment_received", "payment_received_2", false],
  ])("%s matches %s: %s", ([pattern, type, expected]) => {
    expect(wants({ ...webhook, events: [pattern] }, { type, context: {} })).toBe(expected);
  });

  it.for<[what: string, events: string[], wanted: string[]]>([
    [
      "by a pattern the first version alone, as before there was a second",
      ["payment_*"],
      ["payment_received"],
    ],
    ["by * the first version alone", ["*"], ["payment_received"]],
    ["by its name the first version alone", ["payment_received"], ["payment_received"]],
    ["the second version if it is named", ["payment_received.v2"], ["payment_received.v2"]],
    [
      "the second instead of the first that a pattern would give",
      ["*", "payment_received.v2"],
      ["payment_received.v2"],
    ],
    [
      "both if both are named",
      ["payment_received", "payment_received.v2"],
      ["payment_received", "payment_received.v2"],
    ],
  ])("gives a webhook %s", ([, events, wanted]) => {
    const types = ["payment_received", "payment_received.v2"];
    expect(types.filter((type) => wants({ ...webhook, events }, { type, context: {} }))).toEqual(wanted);
  });

  it("takes a name like that of a version for itself where no other event type is behind it", () => {
    expect(wants({ ...webhook, events: ["*"] }, { type: "my_plugin.v2", context: {} })).toBe(true);
  });
});
