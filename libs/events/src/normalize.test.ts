import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, expectTypeOf, it } from "vitest";
import { eventTypes, findEventType, normalize, type EventType, type Field } from "./index.ts";
import type { KnownEventType, NormalizedPayloadOf, SidehookEvent } from "./index.ts";

type Payload = Record<string, unknown>;

const fixtures = new URL("../fixtures/ultimate-multisite/", import.meta.url);
const captured = readdirSync(fixtures)
  .filter((name) => name.endsWith(".json"))
  .map((name) => ({
    type: name.replace(".json", ""),
    payload: JSON.parse(readFileSync(new URL(name, fixtures), "utf8")) as Payload,
  }));
const vectors = JSON.parse(readFileSync(new URL("../fixtures/normalize.json", import.meta.url), "utf8")) as {
  fields: { type: string; name: string; sent: unknown; normalized: unknown }[];
};
const samples = eventTypes.map(({ type, sample }) => ({ type, payload: sample }));

describe.each([
  ["the sample", samples],
  ["a captured body", captured],
])("%s", (_, events) => {
  it.each(events)("of $type has one type for each field afterwards", ({ type, payload }) => {
    const before = structuredClone(payload);
    const normalized = normalizeAny(type, payload);
    expect(Object.keys(normalized)).toEqual(Object.keys(payload));
    expect(eventTypeOf(type).fields.filter((field) => !isCanonical(field, normalized[field.name]))).toEqual(
      [],
    );
    expect(normalizeAny(type, normalized)).toEqual(normalized);
    expect(payload).toEqual(before);
  });
});

describe("normalize", () => {
  it.each(vectors.fields)("turns $type.$name $sent into $normalized", ({ type, name, sent, normalized }) => {
    expect(normalizeAny(type, { [name]: sent })).toEqual({ [name]: normalized });
  });

  it("keeps a field that is called like something every object has", () => {
    const payload = JSON.parse('{"__proto__":{"a":1},"constructor":"5"}') as Payload;
    expect(JSON.stringify(normalizeAny("payment_received", payload))).toBe(JSON.stringify(payload));
  });

  it("tells the type of what it answers by the event type", () => {
    type Payment = NormalizedPayloadOf<"payment_received">;
    expectTypeOf<Payment["payment_id"]>().toEqualTypeOf<number>();
    expectTypeOf<Payment["payment_total_raw"]>().toEqualTypeOf<string>();
    expectTypeOf<Payment["customer_user_id"]>().toEqualTypeOf<number | null | undefined>();
    expectTypeOf<NormalizedPayloadOf<"domain_created">["domain_active"]>().toEqualTypeOf<boolean>();
    expectTypeOf<NormalizedPayloadOf<"invoice_sent">["payment_url"]>().toEqualTypeOf<string>();
    type Refund = Extract<SidehookEvent, { type: "payment_refunded" }>;
    expectTypeOf(normalize<Refund>).returns.toEqualTypeOf<NormalizedPayloadOf<"payment_refunded">>();
  });
});

function normalizeAny(type: string, payload: object): Payload {
  return normalize({ type: type as KnownEventType, payload }) as unknown as Payload;
}

function eventTypeOf(type: string): EventType {
  const eventType = findEventType(type);
  if (!eventType) throw new Error(`the catalog has no ${type}`);
  return eventType;
}

function isCanonical({ canonicalType, format, isNullable, isAlwaysSent }: Field, value: unknown): boolean {
  if (value === undefined) return !isAlwaysSent;
  if (value === null) return isNullable;
  if (canonicalType === "integer") return Number.isSafeInteger(value);
  if (canonicalType === "array") return Array.isArray(value);
  if (typeof value !== "string") return typeof value === canonicalType;
  if (canonicalType === "decimal-string") return /^-?\d+\.\d{2,}$/.test(value);
  if (format === "mysql-datetime") return value === "" || /^[\d-]+T[\d:]+Z$/.test(value);
  return canonicalType === "string";
}
