import type { Child } from "hono/jsx";
import type { JsonSchema } from "../../api/openapi-schemas.ts";
import { Table } from "./table.tsx";

/** Anchor of a named schema on the page that describes them all. */
export function schemaAnchor(name: string): string {
  return `schema-${name}`;
}

/** The fields of an object; what is no object is told by its type alone. */
export function SchemaFields({ name, schema }: { name: string; schema: JsonSchema }) {
  const properties = Object.entries(propertiesOf(schema));
  if (properties.length === 0) return <p>{typeOf(schema)}</p>;
  const required = new Set(schema["required"] as readonly string[] | undefined);
  const fields = properties.map(([field, each]) => ({
    name: field,
    schema: each,
    isRequired: required.has(field),
  }));
  return <FieldTable caption={`Fields of ${name}`} column="Field" fields={fields} />;
}

interface DescribedField {
  name: string;
  schema: JsonSchema;
  isRequired: boolean;
  /** Left out: the one of the schema. */
  description?: string;
}

interface FieldTableProps {
  caption: string;
  column: string;
  fields: readonly DescribedField[];
}

/** Each with its type, and what it means where the name does not say it. */
export function FieldTable({ caption, column, fields }: FieldTableProps) {
  const rows = fields.map((field) => [<code>{field.name}</code>, <FieldMeaning {...field} />]);
  return <Table caption={caption} columns={[column, "Meaning"]} rows={rows} />;
}

/** In one element: on narrow screens a cell is a grid of what it holds. */
function FieldMeaning({ schema, isRequired, description = textOf(schema["description"]) }: DescribedField) {
  const fallback = schema["default"];
  return (
    <span>
      <span class="muted">
        {typeOf(schema)}
        {!isRequired && ", may be left out"}
        {fallback !== undefined && (
          <>
            , then <code>{JSON.stringify(fallback)}</code>
          </>
        )}
        .
      </span>{" "}
      <Prose text={description} />
    </span>
  );
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Text with names of the program between backticks. */
export function Prose({ text }: { text: string }) {
  return <>{text.split("`").map((part, index) => (index % 2 === 0 ? part : <code>{part}</code>))}</>;
}

interface Keywords {
  $ref?: string;
  anyOf?: readonly JsonSchema[];
  items?: JsonSchema;
  enum?: readonly unknown[];
  type?: string | readonly string[];
  format?: string;
}

/** The type in words, with links to what has a name. */
export function typeOf(schema: JsonSchema): Child {
  const { $ref, anyOf, items, enum: values, type, format }: Keywords = schema;
  if ($ref !== undefined) return <Reference name={$ref.slice($ref.lastIndexOf("/") + 1)} />;
  if (anyOf) return inWords(anyOf.map(typeOf), " or ");
  if (values) return inWords(values.map(literal), " or ");
  if (schema["const"] !== undefined) return literal(schema["const"]);
  if (items) return <>list of {typeOf(items)}</>;
  const fields = Object.keys(propertiesOf(schema));
  if (fields.length > 0) return <>object with {inWords(fields.map(name), ", ")}</>;
  if (type === undefined) return "anything";
  const types = [type].flat().map((each) => (each === "string" && format === "date-time" ? "time" : each));
  return types.join(" or ");
}

function propertiesOf({ properties }: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return (properties ?? {}) as Record<string, JsonSchema>;
}

function Reference({ name }: { name: string }) {
  return <a href={`#${schemaAnchor(name)}`}>{name}</a>;
}

function literal(value: unknown): Child {
  return <code>{JSON.stringify(value)}</code>;
}

function name(field: string): Child {
  return <code>{field}</code>;
}

function inWords(parts: readonly Child[], separator: string): Child {
  return <>{parts.flatMap((part, index) => (index === 0 ? [part] : [separator, part]))}</>;
}
