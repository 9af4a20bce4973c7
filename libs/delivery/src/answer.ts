import { StringDecoder } from "node:string_decoder";
import type { DeliveryResponse, Phases, SendResult } from "./delivery.ts";
import { AttemptError, classifyError } from "./failure.ts";

const defaultMaxBodyBytes = 16 * 1024;
const maxMessageLength = 500;
/** Such as 103, of which servers send one or two before the answer itself. */
const maxInterimAnswers = 100;

/** What came back on one connection, while it is being read. */
export interface Answer {
  isSent: boolean;
  /** True from the first byte on. */
  hasBegun: boolean;
  /** Answers before the one that counts. */
  interimCount: number;
  /** 0 until the headers are complete. */
  status: number;
  headers: Record<string, string>;
  chunks: Buffer[];
  bodyBytes: number;
  /** Nothing beyond is read. */
  maxBodyBytes: number;
  phases: Pick<Phases, "firstByte" | "body">;
  phaseStartedAtMs: number;
  /** True if the answer was read to its end, so that the connection may serve again. */
  isComplete: boolean;
  /** What ended it; null if it ended well, at the limit of the body, or at the deadline. */
  error: Error | null;
}

export function newAnswer(maxBodyBytes = defaultMaxBodyBytes): Answer {
  return {
    isSent: false,
    hasBegun: false,
    interimCount: 0,
    status: 0,
    headers: {},
    chunks: [],
    bodyBytes: 0,
    maxBodyBytes,
    phases: { firstByte: null, body: null },
    phaseStartedAtMs: 0,
    isComplete: false,
    error: null,
  };
}

/** Fills an answer from what the HTTP client reads; `finish` is called when nothing more is wanted of it. */
export function answerReader(answer: Answer, finish: () => void) {
  return {
    onRequestStart() {
      answer.isSent = true;
      answer.phaseStartedAtMs = performance.now();
    },
    onResponseStarted() {
      if (answer.hasBegun) return; // interim answers such as 103 begin as well
      endPhase(answer);
      answer.hasBegun = true;
      answer.phaseStartedAtMs = performance.now();
    },
    onResponseStart(_controller: unknown, status: number, headers: ReceivedHeaders) {
      if (status < 200) {
        if (++answer.interimCount <= maxInterimAnswers) return;
        answer.error ??= new AttemptError("protocol", `more than ${maxInterimAnswers} interim answers`);
        finish();
        return;
      }
      answer.status = status;
      answer.headers = flatten(headers);
    },
    onResponseData(_controller: unknown, chunk: Buffer) {
      answer.chunks.push(chunk);
      answer.bodyBytes += chunk.length;
      if (answer.bodyBytes > answer.maxBodyBytes) finish();
    },
    onResponseEnd() {
      answer.isComplete = true;
      finish();
    },
    onResponseError(_controller: unknown, error: Error) {
      answer.error = error;
      finish();
    },
  };
}

/** Ends the measuring of the phase the answer is in: also a phase that failed tells how long it took. */
export function endPhase(answer: Answer): void {
  if (!answer.isSent) return;
  answer.phases[answer.hasBegun ? "body" : "firstByte"] = Math.round(
    performance.now() - answer.phaseStartedAtMs,
  );
}

/**
 * What an attempt came to. Once the headers are here the answer counts, whatever happens to its body.
 *
 * @throws the error itself if it was none of the receiver's doing
 */
export function outcomeOf(answer: Answer, timeoutMs: number): Outcome {
  if (answer.status > 0) return { response: responseOf(answer), error: null };
  const what = answer.isSent ? "no answer" : "no connection";
  const error = answer.error ?? new AttemptError("timeout", `${what} within ${timeoutMs} ms`);
  const failureClass = classifyError(error);
  if (failureClass === null) throw error;
  return {
    response: null,
    error: { class: failureClass, message: toText(messageOf(error), maxMessageLength) },
  };
}

export type Outcome =
  | { response: DeliveryResponse; error: null }
  | { response: null; error: NonNullable<SendResult["error"]> };

type ReceivedHeaders = Readonly<Record<string, string | string[] | undefined>>;

function flatten(headers: ReceivedHeaders): Record<string, string> {
  const entries = Object.entries(headers).map(
    ([name, value]) => [name, [value ?? ""].flat().join(", ")] as const,
  );
  return Object.fromEntries(entries);
}

function responseOf({ status, headers, chunks, maxBodyBytes }: Answer): DeliveryResponse {
  // the decoder leaves out a character that was cut in two at the limit
  const body = new StringDecoder("utf8").write(Buffer.concat(chunks).subarray(0, maxBodyBytes));
  return { status, headers, body: toText(body, maxBodyBytes) };
}

/** When a name has several addresses and none of them answers, the error is a bundle without a message. */
function messageOf(error: Error): string {
  if (error.message !== "" || !(error instanceof AggregateError)) return error.message;
  return error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join("; ");
}

/** Postgres cannot store the character NUL, and a receiver must not be able to stop us from recording its answer. */
function toText(text: string, maxLength: number): string {
  return text.slice(0, maxLength).replaceAll("\0", "\uFFFD");
}
