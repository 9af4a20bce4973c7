import type { Problem } from "@sidehook/events";

/**
 * What can be wrong with what a webhook is made of, as clauses that follow the name of the field. Values stand in braces.
 * Texts in other languages are kept by code as well.
 */
export const problemTexts = {
  empty: "must not be empty",
  text: "must be text",
  boolean: "must be true or false",
  length: "must be at most {max} characters",
  list: "must be a list of at least one entry",
  entries: "must have at most {max} entries",
  "number.whole": "must be a whole number",
  "number.least": "must be at least {min}",
  "number.most": "must be at most {max}",
  duration: "must be a duration such as {examples}",
  "duration.range": "must lie between {min} and {max}",
  eventPattern: "must be an event type, a prefix with * such as payment_*, or *",
  /** Where nothing better is known. */
  invalid: "is not valid",
  "url.scheme": "must begin with http:// or https://",
  "url.spaces": "must not contain spaces or control characters",
  "url.invalid": "is not a valid URL",
  "url.port": "must not have port 0",
  "url.colon": "must not have a colon in the user name",
  "header.twice": "is given twice",
  "header.name": "is not a valid header name",
  "header.reserved": "is set by the service and cannot be changed",
  "header.value": "must have a value of printable ASCII characters",
  "header.length": "must be at most {max} characters in all",
  "filter.length": "must be at most {max} characters of JSON",
  "filter.object": "must be an object of fields",
  "filter.depth": "must not be nested deeper than {max} levels",
  "filter.fields": "must name at least one field",
  "filter.operator": "is none of {names}",
  "filter.nested": "must be a value or an object, not a list",
  "filter.condition": "must hold exactly one of {names}",
  "filter.text": "must be a text",
  "filter.range": "must be a comparison and a number, once or twice, such as {example}",
} as const;

export type ProblemCode = keyof typeof problemTexts;

/** Filled into the text of a problem, by name. */
export type ProblemValues = Readonly<Record<string, string | number>>;

/** A problem that can be said in every language: `message` is its English. */
export interface CodedProblem extends Problem {
  code: ProblemCode;
  values: ProblemValues;
}

/**
 * Makes a problem with its English message.
 *
 * @example codedProblem("url", "length", { max: 2048 }).message // "must be at most 2048 characters"
 */
export function codedProblem(path: string, code: ProblemCode, values: ProblemValues = {}): CodedProblem {
  const message = problemTexts[code].replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
  return { path, message, code, values };
}
