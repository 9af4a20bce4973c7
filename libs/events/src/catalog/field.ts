export type JsonType = "string" | "integer" | "number" | "boolean" | "object" | "array";

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** What a value means, whatever type it was sent as: `"5"` with the canonical type `integer` is the number 5. */
export type CanonicalType = JsonType | "decimal-string";

/** `mysql-datetime` is `YYYY-MM-DD HH:MM:SS` in UTC; `date-time` is RFC 3339. */
export type FieldFormat = "mysql-datetime" | "date-time" | "url" | "email" | "html";

/** One field of a payload, described as it is really sent. */
export interface Field {
  name: string;
  /** The JSON types that are sent; `null` is told by `isNullable`. */
  types: readonly JsonType[];
  isNullable: boolean;
  /** False if the field is sometimes left out. */
  isAlwaysSent: boolean;
  canonicalType: CanonicalType;
  description: string;
  example: JsonValue;
  /** The usual values. Plugins may add more, so none of these lists is complete. */
  knownValues?: readonly string[];
  format?: FieldFormat;
  /** True if the value tells something about a person. */
  isPersonal?: true;
}

type More = Partial<Pick<Field, "isNullable" | "isAlwaysSent" | "knownValues" | "format" | "isPersonal">>;

/** Shorthands for `More`, so that an entry of the catalog fits on a line. */
export const nullable = { isNullable: true } as const;
export const sometimes = { isAlwaysSent: false } as const;
export const personal = { isPersonal: true } as const;

/** A number that Ultimate Multisite sends as `5` for a new row and as `"5"` for one it has read back. */
export function id(name: string, description: string, example: number | string, more: More = {}): Field {
  return field({ name, types: ["integer", "string"], canonicalType: "integer", description, example }, more);
}

export function text(name: string, description: string, example: string, more: More = {}): Field {
  return field({ name, types: ["string"], canonicalType: "string", description, example }, more);
}

export function url(name: string, description: string, example: string, more: More = {}): Field {
  return text(name, description, example, { format: "url", ...more });
}

export function email(name: string, description: string, example: string, more: More = {}): Field {
  return text(name, description, example, { format: "email", ...personal, ...more });
}

export function html(name: string, description: string, example: string, more: More = {}): Field {
  return text(name, description, example, { format: "html", ...more });
}

/** A price as text for people, such as `$ 29.90`. */
export function price(name: string, what: string, example: string): Field {
  return text(name, `${what}, as text for people: currency sign and separators differ by network.`, example);
}

/** A price to calculate with: a number for a new row, `"29.9000"` for one that was read back. */
export function amount(name: string, what: string, example: number): Field {
  const description = `${what}, to calculate with.`;
  return field(
    { name, types: ["number", "string"], canonicalType: "decimal-string", description, example },
    {},
  );
}

/** A time in UTC without a zone, such as `2026-11-21 23:45:34`; the empty text if there is none. */
export function mysqlTime(name: string, what: string, example: string, more: More = {}): Field {
  return text(name, `${what}, in UTC, as YYYY-MM-DD HH:MM:SS.`, example, {
    format: "mysql-datetime",
    ...more,
  });
}

export function time(name: string, what: string, example: string, more: More = {}): Field {
  return text(name, `${what}, in UTC, after RFC 3339.`, example, { format: "date-time", ...more });
}

/** A yes or no that is sent as the word `"true"` or `"false"`. */
export function word(name: string, what: string, example: "true" | "false"): Field {
  const description = `${what}: the word "true" or "false", as text.`;
  return field({ name, types: ["string"], canonicalType: "boolean", description, example }, {});
}

export function flag(name: string, description: string, example: boolean, more: More = {}): Field {
  return field({ name, types: ["boolean"], canonicalType: "boolean", description, example }, more);
}

export function whole(name: string, description: string, example: number, more: More = {}): Field {
  return field({ name, types: ["integer"], canonicalType: "integer", description, example }, more);
}

/** A price that is always sent as a number. */
export function decimal(name: string, description: string, example: number): Field {
  return field({ name, types: ["number"], canonicalType: "decimal-string", description, example }, {});
}

/** A price that is always sent as text, such as `"29.90"`. */
export function decimalText(name: string, what: string, example: string, more: More = {}): Field {
  const description = `${what}, as text with a decimal point.`;
  return field({ name, types: ["string"], canonicalType: "decimal-string", description, example }, more);
}

export function record(
  name: string,
  description: string,
  example: { readonly [key: string]: JsonValue },
  more: More = {},
): Field {
  return field({ name, types: ["object"], canonicalType: "object", description, example }, more);
}

export function list(
  name: string,
  description: string,
  example: readonly JsonValue[],
  more: More = {},
): Field {
  return field({ name, types: ["array"], canonicalType: "array", description, example }, more);
}

/** Fields that are all left out when what they describe does not exist. */
export function ifAny(fields: readonly Field[]): Field[] {
  return fields.map((field) => ({ ...field, ...sometimes }));
}

/** Fields that are all null when what they describe no longer exists. */
export function orNull(fields: readonly Field[]): Field[] {
  return fields.map((field) => ({ ...field, ...nullable }));
}

/** For the few fields of which no other has the same shape. */
export function field(
  base: Pick<Field, "name" | "types" | "canonicalType" | "description" | "example">,
  more: More,
): Field {
  return { isNullable: false, isAlwaysSent: true, ...base, ...more };
}
