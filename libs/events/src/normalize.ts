import { findEventType } from "./catalog/catalog.ts";
import type { CanonicalType, Field } from "./catalog/field.ts";
import type { KnownEventType, NormalizedPayloadOf } from "./payloads.ts";

/**
 * Turns a payload as it was sent into one with a single type for each field: ids are numbers (`5`, not `"5"`), prices
 * are text with a decimal point (`"29.90"`, never a float), the words `"true"` and `"false"` are booleans, and times
 * without a zone are RFC 3339 in UTC (`2026-11-21T23:45:34Z`).
 *
 * Nothing is invented and nothing is lost: `null` stays null, what is missing stays missing, fields that the catalog does
 * not know are passed on, and so is a value that is not what the catalog says. The payload itself is left as it is. An
 * event type that is not in the catalog comes back unchanged.
 *
 * @example normalize({ type: "payment_received", payload }).payment_total_raw // "29.90"
 */
export function normalize<Event extends { type: KnownEventType; payload: object }>(
  event: Event,
): NormalizedPayloadOf<Event["type"]> {
  const fields = fieldsOf(event.type);
  const entries = Object.entries(event.payload).map(([name, value]: [string, unknown]) => {
    const field = fields.get(name);
    return [name, field ? normalizeValue(field, value) : value];
  });
  return Object.fromEntries(entries) as NormalizedPayloadOf<Event["type"]>;
}

function fieldsOf(type: string): ReadonlyMap<string, Field> {
  return new Map(findEventType(type)?.fields.map((field) => [field.name, field]));
}

function normalizeValue(field: Field, value: unknown): unknown {
  if (field.format === "mysql-datetime") return toTime(value, field);
  return converters[field.canonicalType]?.(value) ?? value;
}

/** Answers undefined if the value is of the right type already, or cannot be converted. */
type Converter = (value: unknown) => unknown;

const converters: Partial<Record<CanonicalType, Converter>> = {
  integer: (value) => {
    const number = typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : undefined;
    return Number.isSafeInteger(number) ? number : undefined;
  },
  boolean: (value) => (value === "true" ? true : value === "false" ? false : undefined),
  // The one field that is sent as false where others are empty.
  string: (value) => (value === false ? "" : undefined),
  "decimal-string": toDecimal,
};

/** Ultimate Multisite keeps four decimals; a float has more, and they mean nothing. */
const decimals = 4;

function toDecimal(value: unknown): string | undefined {
  const text = typeof value === "number" ? value.toFixed(decimals) : value;
  if (typeof text !== "string" || !/^-?\d+(\.\d+)?$/.test(text)) return undefined;
  const [whole = "", fraction = ""] = text.split(".");
  const needed = fraction.replace(/0+$/, "").padEnd(2, "0");
  return `${whole}.${needed}`.replace(/^-(0\.0+)$/, "$1");
}

function toTime(value: unknown, { isNullable }: Field): unknown {
  if (typeof value !== "string") return value;
  // MySQL's way to say that there is none.
  if (value.startsWith("0000-00-00")) return isNullable ? null : "";
  return value.replace(/^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})$/, "$1T$2Z");
}
