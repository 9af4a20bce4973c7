import { randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newSecret } from "@sidehook/events/signature";
import type { Config } from "./config.ts";

export interface Keys {
  bridgeKey: string;
  adminToken: string;
}

/**
 * Takes the keys from the settings, else from the data dir, else makes them there (mode 0600).
 * Two processes that start at once end up with the same key: the file is created by one of them only.
 */
export function loadKeys(config: Pick<Config, "dataDir" | "bridgeKey" | "adminToken">): Keys {
  return {
    bridgeKey: config.bridgeKey ?? keep(config.dataDir, "bridge.key", newSecret),
    adminToken:
      config.adminToken ??
      keep(config.dataDir, "admin.token", () => `sidehook_${randomBytes(32).toString("base64url")}`),
  };
}

function keep(dataDir: string, name: string, make: () => string): string {
  const file = join(dataDir, name);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  if (!existsSync(file)) publish(file, make());
  const value = readFileSync(file, "utf8").trim();
  if (value === "") throw new Error(`${file} is empty: delete it to get a new key`);
  return value;
}

/** Written whole under another name, then linked: no other process ever reads half a key. */
function publish(file: string, value: string): void {
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  writeFileSync(draft, `${value}\n`, { flag: "wx", mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    unlinkSync(draft);
  }
}
