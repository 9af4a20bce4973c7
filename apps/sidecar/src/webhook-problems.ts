import type { z } from "zod";
import { codedProblem, type CodedProblem, type ProblemCode, type ProblemValues } from "@sidehook/delivery";
import { ProblemError } from "./api/problem.ts";
import { pathText } from "./api/query.ts";

/** Thrown at the door of webhooks. The API answers with the messages, pages say the codes in their language. */
export class InvalidWebhookError extends ProblemError {
  readonly coded: readonly CodedProblem[];

  constructor(coded: readonly CodedProblem[]) {
    super(400, "The webhook is not valid; nothing was changed.", {
      problems: coded.map(({ path, message }) => ({ path, message })),
    });
    this.name = "InvalidWebhookError";
    this.coded = coded;
  }
}

interface Told {
  code: ProblemCode;
  values: ProblemValues;
}

/**
 * What a rule of ours hands to zod, so that its issue can be told by code.
 *
 * @example z.number().refine(isInRange, told("duration.range", { min: "1s", max: "30s" }))
 */
export function told(code: ProblemCode, values: ProblemValues = {}): { params: { told: Told } } {
  return { params: { told: { code, values } } };
}

/** An issue of zod by its code; the message of one that has no code of ours stays that of zod. */
export function codedProblemOf(issue: z.core.$ZodIssue): CodedProblem {
  const { code, values } = toldBy(issue);
  const problem = codedProblem(pathText(issue.path), code, values);
  return code === "invalid" ? { ...problem, message: issue.message } : problem;
}

function toldBy(issue: z.core.$ZodIssue): Told {
  if (issue.code === "custom") return (issue.params as { told: Told }).told; // we add none without it
  if (issue.code === "too_small") return tooSmall(issue);
  if (issue.code === "too_big") return tooBig(issue);
  if (issue.code === "invalid_format" && issue.path[0] === "events")
    return { code: "eventPattern", values: {} };
  const code = issue.code === "invalid_type" ? codeOfType[issue.expected] : undefined;
  return { code: code ?? "invalid", values: {} };
}

function tooSmall({ origin, minimum }: z.core.$ZodIssueTooSmall): Told {
  if (origin === "string") return { code: "empty", values: {} };
  if (origin === "array") return { code: "list", values: {} };
  return { code: "number.least", values: { min: Number(minimum) } };
}

function tooBig({ origin, maximum }: z.core.$ZodIssueTooBig): Told {
  const max = Number(maximum);
  if (origin === "string") return { code: "length", values: { max } };
  if (origin === "array") return { code: "entries", values: { max } };
  return { code: "number.most", values: { max } };
}

const codeOfType: Readonly<Record<string, ProblemCode>> = {
  string: "text",
  number: "number.whole",
  int: "number.whole",
  boolean: "boolean",
  array: "list",
};
