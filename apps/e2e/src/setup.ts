import { ensureSystemPackages, ensureWordPress } from "../../../tools/system.ts";
import { isSkipped } from "./skip.ts";

/** Installs what the tests need once, before the first of them; vitest calls it. */
export function setup(): void {
  if (isSkipped) {
    console.log("SIDEHOOK_SKIP_E2E=1: the end-to-end tests are skipped, and counted as skipped.");
    return;
  }
  ensureSystemPackages();
  ensureWordPress();
}
