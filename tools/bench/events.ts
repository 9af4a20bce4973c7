import { findEventType } from "@sidehook/events";

/** Where the events of each type go: a path of the receiver for each delivery. */
export type Routes = Readonly<Record<string, readonly string[]>>;

/** Paths that begin so get no answer at all. */
export const hangingPath = "/hang";
/** Paths that begin so are answered with 500. */
export const failingPath = "/fail";

const stampDigits = 16;
const stampStart = '{"bench_at":"';
const unstamped = "0".repeat(stampDigits);
/** What every engine delivers: about 1.9 KB. */
export const payload = stampStart + unstamped + '",' + sampleText().slice(1);
const [beforeStamp = "", afterStamp = ""] = JSON.stringify(payload).split(unstamped);

export const payloadBytes = Buffer.byteLength(payload);

function sampleText(): string {
  const sample = findEventType("payment_received")?.sample;
  if (!sample) throw new Error("the catalog has no sample of payment_received");
  return JSON.stringify(sample);
}

let lastId = 0;

/** An event with an id of its own, as JSON text. */
export function buildEvent(type: string, stampUs = 0): string {
  const stamp = String(stampUs).padStart(stampDigits, "0");
  return `{"id":"bench-${process.pid}-${++lastId}","type":"${type}","payload":${beforeStamp}${stamp}${afterStamp}}`;
}

/** The body of an ingest request with so many events. */
export function buildBody(type: string, count: number, stampUs = 0): string {
  return `{"events":[${Array.from({ length: count }, () => buildEvent(type, stampUs)).join(",")}]}`;
}

/** When the event was made, in microseconds of the monotonic clock; reads a whole request or its body. */
export function readStampUs(request: string): number {
  const at = request.indexOf(stampStart) + stampStart.length;
  return Number(request.slice(at, at + stampDigits));
}
