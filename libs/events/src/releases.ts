// What a release promised to receivers, and what would break the promise.
import type { EventType } from "./catalog/event-type.ts";
import type { Field } from "./catalog/field.ts";

/** The payloads of a release, as they are kept in `releases/<version>.json`. */
export interface Release {
  eventTypes: Readonly<Record<string, ReleasedFields>>;
}

/** Name of the field, with a `?` if it is not always sent -> its JSON types, a colon, and what it means. */
type ReleasedFields = Readonly<Record<string, string>>;

/** Describes the payloads of the catalog as they are now, to be kept. */
export function buildRelease(eventTypes: readonly EventType[]): Release {
  const entries = eventTypes.map(({ type, fields }) => {
    const described = fields.map((field) => [field.name + (field.isAlwaysSent ? "" : "?"), describe(field)]);
    return [type, Object.fromEntries(described)];
  });
  return { eventTypes: Object.fromEntries(entries) as Release["eventTypes"] };
}

function describe({ types, isNullable, canonicalType, format }: Field): string {
  const isTime = format === "mysql-datetime" || format === "date-time";
  return `${[...types, ...(isNullable ? ["null"] : [])].join("|")}: ${isTime ? format : canonicalType}`;
}

/**
 * Finds what breaks a receiver that was written for an earlier release. It reads what is sent, so it breaks when a field
 * goes away, is no longer always there, or comes as something it never was before; not when a field is added or sent in
 * fewer ways than before. Each version of an event type is an event type of its own, so that this holds for all of them
 * as long as receivers may wait for them.
 *
 * @returns one sentence for each break
 */
export function findBreaks(before: Release, now: Release): string[] {
  return Object.entries(before.eventTypes).flatMap(([type, old]) => {
    const current = now.eventTypes[type];
    if (!current) return [`${type} is gone: put it back; receivers wait for it.`];
    return fieldBreaks(old, current).map(
      (what) => `${type}: ${what}. Undo it, and make what is new ${nextVersion(type)}, beside this one.`,
    );
  });
}

function nextVersion(type: string): string {
  const [, first = type, number = "1"] = /^(.+)\.v([0-9]+)$/.exec(type) ?? [];
  return `${first}.v${Number(number) + 1}`;
}

function fieldBreaks(old: ReleasedFields, current: ReleasedFields): string[] {
  const fields = new Map(Object.entries(current).map(parseField));
  return Object.entries(old)
    .map(parseField)
    .flatMap(([name, before]) => {
      const now = fields.get(name);
      if (!now) return [`${name} is gone`];
      const isNew = (type: string) => !before.types.includes(type) && !isPartOf(before.types, type);
      return [
        ...(before.isAlwaysSent && !now.isAlwaysSent ? [`${name} is no longer always sent`] : []),
        ...now.types.filter(isNew).map((each) => `${name} can be ${each}, which it never was`),
        ...(now.meaning === before.meaning ? [] : [`${name} means ${now.meaning}, not ${before.meaning}`]),
      ];
    });
}

/** A whole number is a number to those who expect one. */
function isPartOf(types: readonly string[], type: string): boolean {
  return type === "integer" && types.includes("number");
}

interface ReleasedField {
  isAlwaysSent: boolean;
  types: readonly string[];
  meaning: string;
}

function parseField([key, text]: [key: string, text: string]): [name: string, field: ReleasedField] {
  const [types = "", meaning = ""] = text.split(": ");
  return [key.replace("?", ""), { isAlwaysSent: !key.endsWith("?"), types: types.split("|"), meaning }];
}
