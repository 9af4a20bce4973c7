import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** The clock on the wall as a sidecar sees it; its timers run on, as they do when an administrator sets the time. */
export interface MovableClock {
  /** To be added to the environment of the sidecar. */
  env: Readonly<Record<string, string>>;
  /** @param offsetMs from the true time, not from the last setting */
  set: (offsetMs: number) => void;
  remove: () => void;
}

/** Makes a clock that goes right until it is set. */
export function createMovableClock(): MovableClock {
  const folder = mkdtempSync(join(tmpdir(), "sidehook-clock-"));
  const file = join(folder, "offset-ms");
  const set = (offsetMs: number) => {
    writeFileSync(`${file}.new`, String(offsetMs));
    renameSync(`${file}.new`, file);
  };
  set(0);
  const preload = pathToFileURL(join(import.meta.dirname, "clock-preload.ts"));
  return {
    env: { NODE_OPTIONS: `--import=${preload.href}`, CLOCK_OFFSET_FILE: file },
    set,
    remove: () => rmSync(folder, { recursive: true }),
  };
}
