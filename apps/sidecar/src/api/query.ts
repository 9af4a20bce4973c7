import { z } from "zod";
import type { Context } from "hono";
import type { Problem } from "@sidehook/events";
import { ProblemError } from "./problem.ts";

/** `limit` and `cursor` of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
};

/** A time of RFC 3339. */
export const timeQuery = z
  .string()
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .optional();

/** @throws ProblemError 400 that names every bad parameter */
export function parseQuery<T extends z.ZodType>(context: Context, schema: T): z.output<T> {
  return parseInput(context.req.query(), schema, "The query is not valid.");
}

/** @throws ProblemError 400 that names every problem of the input */
export function parseInput<T extends z.ZodType>(value: unknown, schema: T, detail: string): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new ProblemError(400, detail, { problems: problemsOf(result.error) });
}

/** The issues of zod with paths as everywhere else. */
function problemsOf(error: z.ZodError): Problem[] {
  return error.issues.map(({ path, message }) => ({ path: pathText(path), message }));
}

/** @example pathText(["events", 2, "type"]) // "events[2].type" */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) => text + (typeof part === "number" ? `[${part}]` : `${text && "."}${String(part)}`),
    "",
  );
}
