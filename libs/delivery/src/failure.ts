import type { FailureClass } from "./delivery.ts";

/** What a person is told about a failure. Texts in other languages are kept by class as well. */
export interface FailureText {
  /** One sentence in plain words. */
  summary: string;
  /** What to do about it. */
  hint: string;
}

export const failureTexts: Readonly<Record<FailureClass, FailureText>> = {
  redirect: {
    summary: "The receiver answered with a redirect, and redirects are never followed.",
    hint: "Enter the address it points to as the webhook's URL. Often only https:// or a trailing slash is missing.",
  },
  gone: {
    summary: "The receiver answered 410 Gone: it wants no more deliveries.",
    hint: "The webhook was switched off. If the receiver still exists, correct the URL, switch the webhook on and replay what failed.",
  },
  busy: {
    summary: "The receiver asked to be called later.",
    hint: "Retries wait as long as the receiver asks for. If this happens often, set a rate limit.",
  },
  server_error: {
    summary: "The receiver failed with an error of its own.",
    hint: "Look into the receiver's log at the time of the attempt.",
  },
  rejected: {
    summary: "The receiver refused the request.",
    hint: "Check the URL, the webhook's own headers and the secret; the receiver's answer often says what it expected.",
  },
  dns: {
    summary: "The name of the receiver could not be resolved.",
    hint: "Check the spelling of the host in the URL, and that its DNS record exists.",
  },
  connect: {
    summary: "No connection to the receiver could be made.",
    hint: "Check that the receiver runs, that host and port are right, and that no firewall stands between.",
  },
  tls: {
    summary: "No secure connection to the receiver could be made.",
    hint: "Check the receiver's certificate: it must be valid today, made for this host name, signed by a known authority and sent with its intermediate certificates.",
  },
  reset: {
    summary: "The receiver closed the connection before it had answered.",
    hint: "The receiver, or a proxy before it, crashed, restarted or cut the connection. Look into its log at the time of the attempt.",
  },
  timeout: {
    summary: "The receiver did not answer in time.",
    hint: "Let the receiver answer first and do its work afterwards, or give the webhook a longer timeout. If not even a connection was made, a firewall may drop it.",
  },
  protocol: {
    summary: "The receiver answered with something that is not proper HTTP.",
    hint: "Check host and port: perhaps another service listens there, or https:// is needed instead of http://.",
  },
  address_refused: {
    summary: "The address of the receiver may not be reached.",
    hint: "If deliveries to this address are intended, add it with its port to SIDEHOOK_ALLOW and replay the delivery.",
  },
};

/** Thrown inside an attempt by rules of our own; outside it is a value. The message is shown to people. */
export class AttemptError extends Error {
  readonly failureClass: FailureClass;

  constructor(failureClass: FailureClass, message: string) {
    super(message);
    this.name = "AttemptError";
    this.failureClass = failureClass;
  }
}

/** The class of an answer; null for success. */
export function classifyStatus(status: number): FailureClass | null {
  if (status >= 200 && status < 300) return null;
  if (status < 200) return "protocol"; // an interim answer is never the last one
  if (status < 400) return "redirect";
  if (status === 410) return "gone";
  if (status === 408 || status === 425 || status === 429) return "busy";
  return status < 500 ? "rejected" : "server_error";
}

/** Codes of node:net, node:dns, OpenSSL and undici. */
const classOfCode: readonly (readonly [RegExp, FailureClass])[] = [
  [/^(ENOTFOUND|EAI_.+)$/, "dns"],
  [/^(ETIMEDOUT|UND_ERR_\w*TIMEOUT)$/, "timeout"],
  [/^(ECONNREFUSED|E(HOST|NET)(UNREACH|DOWN)|EADDRNOTAVAIL|EACCES|EPERM|EINVAL)$/, "connect"],
  [/^(ERR_SSL_\w+|ERR_TLS_\w+|EPROTO)$/, "tls"],
  [/^(ECONNRESET|ECONNABORTED|EPIPE|UND_ERR_SOCKET)$/, "reset"],
];

/** Out of file descriptors, of memory; a request that cannot be sent at all. */
const ownFault = /^(EMFILE|ENFILE|ENOMEM|ENOBUFS|UND_ERR_INVALID_ARG|UND_ERR_NOT_SUPPORTED)$/;

/**
 * The class of an error that ended an attempt; null for a fault of our own, which must not use up a delivery's
 * schedule. An error nobody knows is the receiver's: otherwise one that finds a new way to break the HTTP client would
 * be called again for ever.
 */
export function classifyError(error: Error): FailureClass | null {
  if (error instanceof AttemptError) return error.failureClass;
  const code = codeOf(error);
  if (ownFault.test(code) || isBug(error)) return null;
  // undici has the code of a closed connection for bytes no one asked for, too
  if (error.message === "bad response" || error.message === "bad upgrade") return "protocol";
  return classOfCode.find(([pattern]) => pattern.test(code))?.[1] ?? "protocol";
}

function isBug(error: Error): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
}

/** When a name has several addresses, the error is a bundle of one per address. */
function codeOf(error: Error): string {
  if ("code" in error && typeof error.code === "string") return error.code;
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  return first instanceof Error ? codeOf(first) : "";
}
