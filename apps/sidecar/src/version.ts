import { readFileSync } from "node:fs";

const file = new URL("../package.json", import.meta.url);

/** Version of the product: one for all its parts. */
export const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
