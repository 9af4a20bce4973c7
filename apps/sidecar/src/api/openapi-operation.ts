import { z } from "zod";
import type { Scope } from "./auth.ts";

/** One route of the API, as `GET /openapi.json` describes it. */
export interface Operation {
  /** Its name in generated clients. */
  id: string;
  method: "get" | "post" | "put" | "patch" | "delete";
  /** With `{name}` for what varies. */
  path: string;
  summary: string;
  description?: string;
  access: Access;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** True if every field of the body has a default, so that it may be left out. */
  isBodyOptional?: true;
  /** Status -> what comes with it. */
  answers: Readonly<Record<number, Answer>>;
  /** Statuses of problems that do not follow from the rest. */
  problems?: readonly number[];
}

/** The scope a token needs, whether the bridge may call instead of `admin`, or that nobody needs anything. */
export type Access = Scope | "bridge or admin" | "open";

export interface Answer {
  text: string;
  schema?: z.ZodType;
  /** Other than JSON. */
  type?: string;
}

/** Routes that are shown together. */
export interface OperationGroup {
  name: string;
  description: string;
  operations: readonly Operation[];
}

/** What every list answers. */
export function listOf(item: z.ZodType, text: string): Answer {
  const nextCursor = z.string().nullable().describe("For the next call; null on the last page.");
  return { text, schema: z.object({ data: z.array(item), nextCursor }) };
}

export const nothing: Answer = { text: "Done; there is no body." };
