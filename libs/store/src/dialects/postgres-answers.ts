import { types } from "pg";

/** All our 64-bit numbers are times, counts and row numbers, far below 2^53. */
export const getTypeParser: typeof types.getTypeParser = (oid, format) =>
  oid === types.builtins.INT8 ? (Number as never) : (types.getTypeParser(oid, format) as never);

/** A newer version of the service has changed a table since this connection prepared the statement. */
export const outdatedPlan = "0A000";

/** Connection refused, reset, no socket, no route; server starting, stopping, read-only after a failover, full. */
// oxfmt-ignore
const unavailableCodes = new Set([
  "ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOENT", "EHOSTUNREACH", "ENETUNREACH", "EAI_AGAIN",
  "57P01", "57P02", "57P03", "25006", "53100", "53200", "53300",
]);

export function isUnavailable(error: unknown): boolean {
  const code = codeOf(error);
  if (unavailableCodes.has(code) || code.startsWith("08")) return true;
  // What the driver itself reports has no code.
  return error instanceof Error && /Connection terminated|not queryable|timeout exceeded/.test(error.message);
}

export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
