import { describe } from "vitest";

/** Asked for in so many words; nothing else ever skips these tests. */
export const isSkipped = process.env["SIDEHOOK_SKIP_E2E"] === "1";

export const describeE2e: typeof describe.skip = isSkipped ? describe.skip : describe;
