import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { eventTypes, findEventType, type EventType, type Field } from "./index.ts";
import { buildRelease, findBreaks, type Release } from "./releases.ts";

const folder = new URL("../releases/", import.meta.url);
const releases = readdirSync(folder);
const payment = findEventType("payment_received") as EventType;
const second: EventType = { ...payment, type: "payment_received.v2", fields: payment.fields.slice(1) };
const release = buildRelease([payment]);

describe("the payloads", () => {
  it.each(releases)("break no receiver that was written for %s", (file) => {
    const release = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Release;
    expect(Object.keys(release.eventTypes).length).toBeGreaterThan(100);
    expect(findBreaks(release, buildRelease(eventTypes))).toEqual([]);
  });

  it("are kept of one release at least", () => {
    expect(releases).toContain("0.1.0.json");
  });
});

describe("a receiver is broken", () => {
  it.each<[what: string, change: (field: Field) => Field | undefined, said: string]>([
    ["by a field that is gone", () => undefined, "payment_id is gone"],
    [
      "by a field that is no longer always sent",
      (field) => ({ ...field, isAlwaysSent: false }),
      "payment_id is no longer always sent",
    ],
    [
      "by a field that is null for the first time",
      (field) => ({ ...field, isNullable: true }),
      "payment_id can be null, which it never was",
    ],
    [
      "by a field of another type",
      (field) => ({ ...field, types: ["boolean"] }),
      "payment_id can be boolean, which it never was",
    ],
    [
      "by a field that means something else",
      (field) => ({ ...field, canonicalType: "decimal-string" }),
      "payment_id means decimal-string, not integer",
    ],
  ])("%s", (_, change, said) => {
    const advice = "Undo it, and make what is new payment_received.v2, beside this one.";
    expect(breaksAfter(change)).toEqual([`payment_received: ${said}. ${advice}`]);
  });

  it("by an event type that is gone", () => {
    const [first = ""] = findBreaks(release, { eventTypes: {} });
    expect(first).toBe("payment_received is gone: put it back; receivers wait for it.");
  });
});

describe("a receiver is not broken", () => {
  it.each<[what: string, change: (field: Field) => Field]>([
    ["by a field that is sent in fewer ways", (field) => ({ ...field, types: ["integer"] })],
    ["by new words about a field", (field) => ({ ...field, description: "Another.", example: 6 })],
  ])("%s", (_, change) => {
    expect(breaksAfter(change)).toEqual([]);
  });

  it("by a further field or event type", () => {
    expect(findBreaks({ eventTypes: {} }, release)).toEqual([]);
    const [first, ...rest] = payment.fields;
    expect(findBreaks(buildRelease([{ ...payment, fields: rest }]), release)).toEqual([]);
    expect(first?.name).toBe("payment_id");
  });

  it("by a change that comes as a new version beside the first", () => {
    expect(findBreaks(release, buildRelease([payment, second]))).toEqual([]);
  });
});

describe("once there are two versions of an event type", () => {
  const both = buildRelease([payment, second]);

  it("neither may break", () => {
    const broken = [payment, second].map((each) => ({ ...each, fields: each.fields.slice(2) }));
    expect(findBreaks(both, buildRelease(broken))).toEqual([
      "payment_received: payment_id is gone. Undo it, and make what is new payment_received.v2, beside this one.",
      "payment_received: payment_status is gone. Undo it, and make what is new payment_received.v2, beside this one.",
      "payment_received.v2: payment_status is gone. Undo it, and make what is new payment_received.v3, beside this one.",
      "payment_received.v2: payment_reference_code is gone. Undo it, and make what is new payment_received.v3, beside this one.",
    ]);
  });

  it.each([payment, second])("$type may not go", ({ type }) => {
    const rest = [payment, second].filter((each) => each.type !== type);
    expect(findBreaks(both, buildRelease(rest))).toEqual([
      `${type} is gone: put it back; receivers wait for it.`,
    ]);
  });
});

/** What is said after the first field was changed, or taken away. */
function breaksAfter(change: (field: Field) => Field | undefined): string[] {
  const fields = payment.fields.flatMap((field, index) => (index === 0 ? (change(field) ?? []) : [field]));
  return findBreaks(release, buildRelease([{ ...payment, fields }]));
}
