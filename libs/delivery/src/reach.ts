import { isIP } from "node:net";
import type { AddressGuard } from "./address.ts";
import { systemLookup, type Lookup } from "./socket.ts";

/** A name whose server is silent is no reason to keep somebody waiting; each attempt looks again anyway. */
const lookupLimitMs = 2000;

/**
 * The rule by which deliveries to a URL would be refused now; undefined if they would not, or if its name has no
 * address at the moment.
 *
 * @example await findUrlRefusal("http://localhost/x", guard) // "127.0.0.1 is loopback (127.0.0.0/8)"
 */
export async function findUrlRefusal(
  text: string,
  guard: AddressGuard,
  lookup: Lookup = systemLookup,
): Promise<string | undefined> {
  const url = URL.parse(text);
  if (!url) return undefined;
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const addresses = isIP(hostname) ? [hostname] : await resolve(hostname, lookup);
  return addresses.map((address) => guard.findRefusal(address, port)).find((rule) => rule !== undefined);
}

async function resolve(hostname: string, lookup: Lookup): Promise<string[]> {
  const { promise: limit, resolve: giveUp } = Promise.withResolvers<[]>();
  const timer = setTimeout(() => giveUp([]), lookupLimitMs);
  try {
    const found = await Promise.race([lookup(hostname).catch(() => []), limit]);
    return found.map(({ address }) => address);
  } finally {
    clearTimeout(timer);
  }
}
