import type { MiddlewareHandler } from "hono";
import { compress } from "hono/compress";
import { isOwnOrigin } from "./access.ts";
import type { AdminEnv } from "./layout.tsx";

/**
 * Sends pages and assets as gzip: the letters of many scripts are three bytes each. A page that another site has called
 * up goes out as it is, since that site could put a guess into its address, and from the length read whether it is right.
 */
export function compressOwn(): MiddlewareHandler<AdminEnv> {
  const zip = compress({ encoding: "gzip" });
  return (context, next) => (isOwnOrigin(context) ? zip(context, next) : next());
}
