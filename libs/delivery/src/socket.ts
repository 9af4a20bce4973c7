import { lookup as resolveName } from "node:dns/promises";
import { once } from "node:events";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { AddressGuard } from "./address.ts";
import type { Phases } from "./delivery.ts";
import { AttemptError } from "./failure.ts";

/** Resolves a host name to every address it has, in the order they are to be tried. */
export type Lookup = (hostname: string) => Promise<{ address: string; family: number }[]>;

/** As the operating system does it, `/etc/hosts` included. */
export const systemLookup: Lookup = (hostname) => resolveName(hostname, { all: true, order: "verbatim" });

/**
 * Lets attempts that need the same name wait for one lookup. The operating system resolves only a few names at once,
 * and a name whose server is silent holds its place long after our own time limit: it must not take a second one.
 */
export function shareLookups(lookup: Lookup): Lookup {
  const running = new Map<string, ReturnType<Lookup>>();
  return (hostname) => {
    const known = running.get(hostname);
    if (known) return known;
    const started = lookup(hostname).finally(() => running.delete(hostname));
    running.set(hostname, started);
    return started;
  };
}

/** Before an address of a name is given up for the next one. */
const nextAddressAfterMs = 1000;

export interface Target {
  /** A name, or an address without brackets. */
  hostname: string;
  port: number;
  isSecure: boolean;
}

export type OpeningTimes = Pick<Phases, "dns" | "connect" | "tls">;

export interface OpenOptions {
  guard: AddressGuard;
  lookup: Lookup;
  connectTimeoutMs: number;
  /** Ends the opening from outside. */
  controller: AbortController;
  /** Filled as the phases pass, so that a failure also tells how long its phase took. */
  times: OpeningTimes;
}

/**
 * Opens a connection to an address the guard lets pass: a name is refused if any of its addresses is, the addresses
 * that were checked are the ones connected to, and the one that answered is checked again before a byte is sent.
 *
 * @throws AttemptError for a refusal or a time limit, otherwise the error of the system
 */
export async function openSocket(target: Target, options: OpenOptions): Promise<Socket> {
  const { controller, connectTimeoutMs } = options;
  const limit = new AttemptError("timeout", `no connection within ${connectTimeoutMs} ms`);
  const timer = setTimeout(() => controller.abort(limit), connectTimeoutMs);
  try {
    return await openChecked(target, options);
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    // a signal that fired later would cut a connection in use
    clearTimeout(timer);
  }
}

async function openChecked(target: Target, options: OpenOptions): Promise<Socket> {
  const { guard, times, controller } = options;
  const addresses = isIP(target.hostname)
    ? [{ address: target.hostname, family: isIP(target.hostname) }]
    : await timed(times, "dns", resolveWithin(target.hostname, options));
  for (const { address } of addresses) assertAllowed(guard, address, target.port);
  const socket = await timed(times, "connect", openTcp(target, addresses, controller.signal));
  try {
    assertAllowed(guard, socket.remoteAddress ?? "", target.port);
    return target.isSecure ? await timed(times, "tls", openTls(socket, target, controller.signal)) : socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function assertAllowed(guard: AddressGuard, address: string, port: number): void {
  const refusal = guard.findRefusal(address, port);
  if (refusal !== undefined) throw new AttemptError("address_refused", refusal);
}

async function resolveWithin(hostname: string, { lookup, controller }: OpenOptions): ReturnType<Lookup> {
  const aborted = once(controller.signal, "abort").then((): never => {
    throw controller.signal.reason;
  });
  const addresses = await Promise.race([lookup(hostname), aborted]);
  if (addresses.length === 0) throw new AttemptError("dns", `${hostname} has no address`);
  return addresses;
}

async function openTcp(
  { hostname, port }: Target,
  addresses: Awaited<ReturnType<Lookup>>,
  signal: AbortSignal,
): Promise<Socket> {
  const socket = connectTcp({
    host: hostname,
    port,
    noDelay: true,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: nextAddressAfterMs,
    lookup: (_hostname, _options, callback) => callback(null, addresses),
  });
  return await opened(socket, "connect", signal);
}

async function openTls(tcp: Socket, { hostname }: Target, signal: AbortSignal): Promise<Socket> {
  const socket = connectTls({
    socket: tcp,
    host: hostname,
    // the trailing dot of a fully qualified name belongs to DNS alone
    ...(isIP(hostname) === 0 && { servername: hostname.replace(/\.$/, "") }),
    ALPNProtocols: ["http/1.1"],
    rejectUnauthorized: true, // also when NODE_TLS_REJECT_UNAUTHORIZED says otherwise
  });
  try {
    return await opened(socket, "secureConnect", signal);
  } catch (error) {
    throw new AttemptError("tls", describe(error));
  }
}

/** OpenSSL's own message holds pointers and file names; its reason is made for people. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "reason" in error && typeof error.reason === "string" ? error.reason : error.message;
}

async function opened(
  socket: Socket,
  event: "connect" | "secureConnect",
  signal: AbortSignal,
): Promise<Socket> {
  // Between here and the moment the HTTP client listens, an error must not be an uncaught one; it is seen as a close.
  socket.on("error", () => undefined);
  try {
    await once(socket, event, { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function timed<T>(times: OpeningTimes, phase: keyof OpeningTimes, work: Promise<T>): Promise<T> {
  const startedAt = performance.now();
  try {
    return await work;
  } finally {
    times[phase] = Math.round(performance.now() - startedAt);
  }
}
