// The table by which the PHP receiver normalises payloads: the catalog, as far as a field is sent in several ways.
import type { EventType, Field } from "../libs/events/src/index.ts";

/** Lines of a PHP array, without the brackets around it. */
export function receiverConversions(eventTypes: readonly EventType[]): string {
  const lines = eventTypes.flatMap(({ type, fields }) => {
    const kinds = Map.groupBy(fields, kindOf);
    kinds.delete(undefined);
    if (kinds.size === 0) return [];
    const entries = [...kinds].map(
      ([kind, list]) => `\t\t'${kind}' => '${list.map(({ name }) => name).join(" ")}',\n`,
    );
    return [`\t'${type}' => array(\n${entries.join("")}\t),\n`];
  });
  return lines.join("");
}

/** What `normalize()` of the PHP receiver does with a field; undefined if there is nothing to do. */
function kindOf({ types, canonicalType, format, isNullable }: Field): string | undefined {
  if (format === "mysql-datetime") return isNullable ? "time or null" : "time";
  if (canonicalType === "decimal-string") return "decimal";
  if (canonicalType === "integer" && types.includes("string")) return "integer";
  if (canonicalType === "boolean" && types.includes("string")) return "boolean";
  return canonicalType === "string" && types.includes("boolean") ? "text" : undefined;
}
