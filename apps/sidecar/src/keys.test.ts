import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isSecret } from "@sidehook/events/signature";
import { loadKeys } from "./keys.ts";

describe("loadKeys", () => {
  let dataDir = "";
  beforeEach(() => (dataDir = join(mkdtempSync(join(tmpdir(), "sidehook-keys-")), "data")));
  afterEach(() => rmSync(join(dataDir, ".."), { recursive: true }));

  it("makes both keys on the first start and keeps them, readable by their owner alone", () => {
    const keys = loadKeys({ dataDir, bridgeKey: null, adminToken: null });
    expect(isSecret(keys.bridgeKey)).toBe(true);
    expect(keys.adminToken).toMatch(/^sidehook_[\w-]{43}$/);
    expect(loadKeys({ dataDir, bridgeKey: null, adminToken: null })).toEqual(keys);
    expect(readdirSync(dataDir).sort()).toEqual(["admin.token", "bridge.key"]);
    for (const name of ["admin.token", "bridge.key"]) {
      expect(statSync(join(dataDir, name)).mode & 0o777).toBe(0o600);
    }
  });

  it("takes the settings before the files, and writes nothing then", () => {
    const bridgeKey = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const adminToken = "a-token-of-my-own-making-1";
    expect(loadKeys({ dataDir, bridgeKey, adminToken })).toEqual({ bridgeKey, adminToken });
    expect(() => readdirSync(dataDir)).toThrow("ENOENT");
  });

  it("does not start with an empty key file", () => {
    loadKeys({ dataDir, bridgeKey: null, adminToken: null });
    writeFileSync(join(dataDir, "bridge.key"), "\n");
    expect(() => loadKeys({ dataDir, bridgeKey: null, adminToken: null })).toThrow("bridge.key is empty");
  });
});
