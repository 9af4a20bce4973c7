import type { EventType } from "./catalog/event-type.ts";
import type { Field, JsonType, JsonValue } from "./catalog/field.ts";

type SchemaType = JsonType | "null";

/** What `payloadSchema` says about one field. */
export interface FieldSchema {
  /** One type, or a list of several. */
  type: SchemaType | readonly SchemaType[];
  description: string;
  examples: readonly JsonValue[];
  pattern?: string;
  format?: string;
}

/** JSON Schema 2020-12 of a payload. */
export interface PayloadSchema {
  $schema: "https://json-schema.org/draft/2020-12/schema";
  title: string;
  description: string;
  type: "object";
  properties: Readonly<Record<string, FieldSchema>>;
  required: readonly string[];
  examples: readonly EventType["sample"][];
}

/**
 * Describes the payload of an event type as it is really sent. Fields that are not listed are allowed: newer
 * versions of the source add some, and plugins do.
 */
export function payloadSchema(eventType: EventType): PayloadSchema {
  return { $schema: "https://json-schema.org/draft/2020-12/schema", ...embeddedSchema(eventType) };
}

/** The schema as a part of a document, which names the dialect for all of them. */
export type EmbeddedSchema = Omit<PayloadSchema, "$schema">;

export function embeddedSchema({ name, description, fields, sample }: EventType): EmbeddedSchema {
  return {
    title: name,
    description,
    type: "object",
    properties: Object.fromEntries(fields.map((field) => [field.name, fieldSchema(field)])),
    required: fields.filter((field) => field.isAlwaysSent).map((field) => field.name),
    examples: [sample],
  };
}

function fieldSchema(field: Field): FieldSchema {
  const types: readonly SchemaType[] = field.isNullable ? [...field.types, "null"] : field.types;
  const [first, ...others] = types;
  return {
    type: first !== undefined && others.length === 0 ? first : types,
    description: field.description,
    examples: field.knownValues ?? [field.example],
    ...textRule(field),
  };
}

/** A text that stands for something else must look like it; other types are left alone by these keywords. */
function textRule({ types, canonicalType, format }: Field): Pick<FieldSchema, "pattern" | "format"> {
  if (!types.includes("string")) return {};
  if (canonicalType === "integer") return { pattern: "^[0-9]+$" };
  if (canonicalType === "decimal-string") return { pattern: "^-?[0-9]+([.][0-9]+)?$" };
  if (canonicalType === "boolean") return { pattern: "^(true|false)$" };
  if (format === "mysql-datetime") {
    return { pattern: "^([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2})?$" };
  }
  return format === "date-time" ? { format } : {};
}
