import type { EventContext } from "@sidehook/events";
import { codedProblem, type CodedProblem, type ProblemCode, type ProblemValues } from "./problem.ts";

/**
 * Which events of its types a webhook wants, as plain JSON. Every named field must hold one of the listed values:
 *
 * ```json
 * { "payment_status": ["completed"], "payment_total_raw": [{ "numeric": [">=", 10] }] }
 * ```
 *
 * A value is text, a number, true, false, null, or one of `{"prefix"}`, `{"suffix"}`, `{"not": […]}`,
 * `{"numeric": [">=", 10, "<", 20]}`, `{"exists": true}`. An object instead of a list goes one level down,
 * `$context` looks at the event's context, `$and` and `$or` join filters. Of a list in the payload one entry is enough.
 *
 * Numbers and their texts are the same (`5` and `"5"`), because WordPress sends both. No expression is ever
 * evaluated, so the time is linear in the sizes of filter and payload.
 */
export interface Filter {
  readonly [field: string]: readonly Condition[] | Filter | readonly Filter[];
}

type Scalar = string | number | boolean | null;
type Comparison = "=" | "<" | "<=" | ">" | ">=";

export type Condition =
  | Scalar
  | { readonly prefix: string }
  | { readonly suffix: string }
  | { readonly not: readonly Condition[] }
  | { readonly numeric: readonly (Comparison | number)[] }
  | { readonly exists: boolean };

const maxLength = 8192;
const maxDepth = 8;
const compare: Readonly<Record<Comparison, (value: number, limit: number) => boolean>> = {
  "=": (value, limit) => value === limit,
  "<": (value, limit) => value < limit,
  "<=": (value, limit) => value <= limit,
  ">": (value, limit) => value > limit,
  ">=": (value, limit) => value >= limit,
};

/** True if the event passes. @param payload the event's payload, parsed */
export function matchesFilter(filter: Filter, payload: unknown, context: EventContext): boolean {
  return passes(filter, payload);

  function passes(part: Filter, value: unknown): boolean {
    return Object.entries(part).every(([name, rule]) => {
      if (name === "$and") return (rule as Filter[]).every((each) => passes(each, value));
      if (name === "$or") return (rule as Filter[]).some((each) => passes(each, value));
      if (name === "$context") return passes(rule as Filter, context);
      const field = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
      if (!Array.isArray(rule)) return passes(rule as Filter, field);
      return (rule as Condition[]).some((condition) => matches(condition, field));
    });
  }
}

function matches(condition: Condition, field: unknown): boolean {
  if (isOperator(condition)) {
    if ("exists" in condition) return (field !== undefined) === condition.exists;
    if ("not" in condition) return !condition.not.some((each) => matches(each, field));
  }
  return Array.isArray(field)
    ? field.some((entry) => matchesOne(condition, entry))
    : matchesOne(condition, field);
}

function matchesOne(condition: Condition, value: unknown): boolean {
  if (value === undefined) return false;
  if (!isOperator(condition)) return isSame(condition, value);
  if ("numeric" in condition) return isInRange(condition.numeric, value);
  const text = typeof value === "string" || typeof value === "number" ? String(value) : null;
  if (text === null) return false;
  if ("prefix" in condition) return text.startsWith(condition.prefix);
  return "suffix" in condition && text.endsWith(condition.suffix);
}

function isOperator(condition: Condition): condition is Exclude<Condition, Scalar> {
  return typeof condition === "object" && condition !== null;
}

function isSame(wanted: Scalar, value: unknown): boolean {
  if (typeof wanted === "number") return numberOf(value) === wanted;
  if (typeof wanted === "string" && typeof value === "number") return wanted === String(value);
  return wanted === value;
}

function isInRange(limits: readonly (Comparison | number)[], value: unknown): boolean {
  const number = numberOf(value);
  if (number === undefined) return false;
  for (let i = 0; i < limits.length; i += 2) {
    if (!compare[limits[i] as Comparison](number, limits[i + 1] as number)) return false;
  }
  return true;
}

/** Of a number, or of the text of one such as `"29.9000"`. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || !/^-?\d{1,30}(\.\d{1,30})?$/.test(value)) return undefined;
  return Number(value);
}

/**
 * Everything that is wrong with a filter; paths are `filter.<field>`.
 *
 * @example validateFilter({ payment_status: "completed" }) // [{ path: "filter.payment_status", message: "must be a list …", code: "list", values: {} }]
 */
export function validateFilter(value: unknown): CodedProblem[] {
  const problems: CodedProblem[] = [];
  const report: Report = (...found) => void problems.push(codedProblem(...found));
  if (JSON.stringify(value).length > maxLength) report("filter", "filter.length", { max: maxLength });
  else checkFilter(value, { path: "filter", depth: 0, report });
  return problems;
}

type Report = (path: string, code: ProblemCode, values?: ProblemValues) => void;

interface Place {
  path: string;
  depth: number;
  report: Report;
}

function checkFilter(value: unknown, { path, depth, report }: Place): void {
  if (!isObject(value)) return report(path, "filter.object");
  if (depth > maxDepth) return report(path, "filter.depth", { max: maxDepth });
  if (Object.keys(value).length === 0) return report(path, "filter.fields");
  for (const [name, rule] of Object.entries(value)) {
    const place: Place = { path: `${path}.${name}`, depth: depth + 1, report };
    if (name === "$and" || name === "$or") checkList(rule, place, checkFilter);
    else if (name === "$context") checkFilter(rule, place);
    else if (name.startsWith("$")) report(place.path, "filter.operator", { names: "$and, $or, $context" });
    else if (isObject(rule)) checkFilter(rule, place);
    else checkList(rule, place, checkCondition);
  }
}

function checkList(value: unknown, place: Place, check: (entry: unknown, place: Place) => void): void {
  if (!Array.isArray(value) || value.length === 0) {
    return place.report(place.path, "list");
  }
  value.forEach((entry, index) => check(entry, { ...place, path: `${place.path}[${index}]` }));
}

function checkCondition(value: unknown, place: Place): void {
  if (!isObject(value)) {
    if (Array.isArray(value)) place.report(place.path, "filter.nested");
    return;
  }
  const [first, ...more] = Object.entries(value);
  const [name, operand] = first ?? ["", undefined];
  const check = Object.hasOwn(conditionChecks, name) ? conditionChecks[name] : undefined;
  if (!check || more.length > 0) {
    return place.report(place.path, "filter.condition", { names: Object.keys(conditionChecks).join(", ") });
  }
  check(operand, { ...place, path: `${place.path}.${name}` });
}

const checkText = (value: unknown, { path, report }: Place): void => {
  if (typeof value !== "string" || value === "") report(path, "filter.text");
};

const conditionChecks: Readonly<Record<string, (value: unknown, place: Place) => void>> = {
  prefix: checkText,
  suffix: checkText,
  not: (value, place) => checkList(value, place, checkCondition),
  numeric: checkRange,
  exists: (value, { path, report }) => {
    if (typeof value !== "boolean") report(path, "boolean");
  },
};

function checkRange(value: unknown, { path, report }: Place): void {
  const isRange =
    Array.isArray(value) &&
    (value.length === 2 || value.length === 4) &&
    value.every((part, i) => (i % 2 === 0 ? Object.hasOwn(compare, String(part)) : Number.isFinite(part)));
  if (!isRange) report(path, "filter.range", { example: '[">=", 10, "<", 20]' });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
