/** Loaded into a sidecar before its own code, in each of its threads: moves `Date` by what a file says. */
import { readFileSync } from "node:fs";

const file = process.env["CLOCK_OFFSET_FILE"] ?? "";
const readEveryMs = 20;
const readNow = Date.now;
let offsetMs = 0;
let readAt = -readEveryMs;

function now(): number {
  if (performance.now() - readAt >= readEveryMs) {
    offsetMs = Number(readFileSync(file, "utf8"));
    readAt = performance.now();
  }
  return readNow() + offsetMs;
}

globalThis.Date = new Proxy(Date, {
  construct: (target, args: unknown[], newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
  get: (target, name) => (name === "now" ? now : (Reflect.get(target, name) as unknown)),
});
