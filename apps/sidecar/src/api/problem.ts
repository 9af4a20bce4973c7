import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Problem } from "@sidehook/events";
import { ConflictError, InvalidCursorError, NotFoundError } from "@sidehook/store";
import type { Services } from "../services.ts";

const titles: Readonly<Record<number, string>> = {
  400: "Bad request",
  401: "Not signed in",
  403: "Not allowed",
  404: "Not found",
  405: "Method not allowed",
  409: "Conflict",
  413: "Too large",
  415: "Unsupported media type",
  422: "Cannot be processed",
  500: "Internal error",
  503: "Not available now",
};

/** An answer that is not the wished one, as RFC 9457 tells it. Thrown anywhere below a route. */
export class ProblemError extends Error {
  readonly status: number;
  readonly problems: readonly Problem[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    detail: string,
    more: { problems?: readonly Problem[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail);
    this.name = "ProblemError";
    this.status = status;
    this.problems = more.problems ?? [];
    this.headers = more.headers ?? {};
  }
}

/** What is known becomes an answer; anything else is a fault of ours and is told in the log alone. */
export function problemOf(
  error: unknown,
  { method, path }: { method: string; path: string },
  { log }: Services,
): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof NotFoundError) return new ProblemError(404, `${error.message}.`);
  if (error instanceof ConflictError) return new ProblemError(409, error.message);
  if (error instanceof InvalidCursorError) {
    return new ProblemError(400, "The query is not valid.", {
      problems: [{ path: "cursor", message: error.message }],
    });
  }
  log.error({ err: error, method, path }, "request.failed");
  return new ProblemError(500, "Something went wrong on our side; the log tells what.");
}

/** Writes a problem as `application/problem+json`. */
export function writeProblem(problem: ProblemError): { headers: Record<string, string>; body: string } {
  const body = {
    type: "about:blank",
    title: titles[problem.status] ?? "Error",
    status: problem.status,
    detail: problem.message,
    ...(problem.problems.length > 0 ? { problems: problem.problems } : {}),
  };
  const headers = { "content-type": "application/problem+json", ...problem.headers };
  return { headers, body: JSON.stringify(body) };
}

export function sendProblem(context: Context, problem: ProblemError): Response {
  const { headers, body } = writeProblem(problem);
  return context.newResponse(body, problem.status as ContentfulStatusCode, headers);
}
