import { describe, expect, it } from "vitest";
import { isSentBySource } from "./taken-over.ts";
import { refusalOf } from "./webhook.ts";

const mirrored = { source: "ultimate-multisite", externalId: "2:17" };

describe("a webhook that is mirrored from Ultimate Multisite", () => {
  it.for<[string, object, boolean]>([
    ["nothing of it", {}, true],
    ["nothing of it on its network", { networkId: 2 }, true],
    ["that it was left to others", { networkId: 2, takenOver: [1, 7, 171] }, true],
    ["that it was left to it on another network", { networkId: 1, takenOver: [17] }, true],
    ["that it was left to it", { networkId: 2, takenOver: [3, 17] }, false],
  ])("is sent to by its source when the event says %s: %s", ([, context, expected]) => {
    expect(isSentBySource(mirrored, { context })).toBe(expected);
  });

  it("gets an event only if the event was left to it, and says why it does not", () => {
    const webhook = { events: ["payment_received"], isActive: true, siteIds: [], ...mirrored };
    const reasonFor = (takenOver: number[]) =>
      refusalOf(webhook, { type: "payment_received", context: { networkId: 2, takenOver } });
    expect(reasonFor([])).toBe("not_taken_over");
    expect(reasonFor([17])).toBe(null);
    expect(refusalOf({ ...webhook, isActive: false }, { type: "payment_received", context: {} })).toBe(
      "inactive",
    );
  });
});

it("every other webhook gets what it wants, whatever was left to whom", () => {
  for (const other of [
    { source: "api", externalId: "2:17" },
    { source: "ultimate-multisite", externalId: null },
  ]) {
    expect(isSentBySource(other, { context: { networkId: 2, takenOver: [] } })).toBe(false);
  }
});
