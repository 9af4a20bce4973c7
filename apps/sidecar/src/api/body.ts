import { gunzip } from "node:zlib";
import { promisify } from "node:util";
import type { Context } from "hono";
import { ProblemError } from "./problem.ts";

/** Of one request, packed and unpacked. */
export const maxBodyBytes = 8 * 1024 * 1024;

const unpack = promisify(gunzip);
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads a request's body as JSON; gzip is unpacked within the same bound.
 *
 * @throws ProblemError 400, 413 or 415
 */
export async function readJson(context: Context): Promise<unknown> {
  assertJsonType(context.req.header("content-type"));
  return parseJson(await readBytes(context));
}

/** @throws ProblemError 415 */
export function assertJsonType(header: string | undefined): void {
  if (header === "application/json") return;
  const type = header?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type === "application/json" || /^application\/[\w.-]+\+json$/.test(type)) return;
  throw new ProblemError(415, "Send the body as application/json.");
}

/** @throws ProblemError 400 */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch (error) {
    throw new ProblemError(
      400,
      `The body is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Like `readJson`, but no body at all means `{}`: for actions whose every field has a default. */
export async function readOptionalJson(context: Context): Promise<unknown> {
  const { byteLength } = await context.req.arrayBuffer();
  return byteLength === 0 ? {} : readJson(context);
}

async function readBytes(context: Context): Promise<Uint8Array> {
  const packed = new Uint8Array(await context.req.arrayBuffer());
  const encoding = context.req.header("content-encoding")?.toLowerCase() ?? "identity";
  if (encoding === "identity") return packed;
  if (encoding !== "gzip") throw new ProblemError(415, "The only content-encoding that is read is gzip.");
  try {
    return await unpack(packed, { maxOutputLength: maxBodyBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge();
    throw new ProblemError(400, "The body is not valid gzip.");
  }
}

export function tooLarge(): ProblemError {
  return new ProblemError(413, `The body may hold at most ${maxBodyBytes} bytes, also after unpacking.`);
}
