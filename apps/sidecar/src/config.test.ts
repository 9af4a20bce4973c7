import { describe, expect, it } from "vitest";
import { ConfigError, loadConfig } from "./config.ts";

describe("loadConfig", () => {
  it("starts with nothing set, on loopback and SQLite", () => {
    const config = loadConfig({ SIDEHOOK_DATA_DIR: "/var/lib/sidehook" });
    expect(config).toMatchObject({
      host: "127.0.0.1",
      port: 8787,
      databaseUrl: "sqlite:/var/lib/sidehook/sidehook.db",
      bridgeKey: null,
      adminToken: null,
      timeoutMs: 15_000,
      concurrency: 128,
      webhookConcurrency: 16,
      role: "all",
      retentionMs: 30 * 86_400_000,
      logLevel: "info",
    });
    expect(config.retryScheduleMs).toHaveLength(9);
  });

  it("names every wrong setting in one message, and no secret value", () => {
    const load = () =>
      loadConfig({
        SIDEHOOK_PORT: "eighty",
        SIDEHOOK_DATABASE_URL: "mysql://root:hunter2@db",
        SIDEHOOK_BRIDGE_KEY: "hunter2",
        SIDEHOOK_ALLOW: "10.0.0.0/99",
        SIDEHOOK_TIMEOUT: "5 minutes",
        SIDEHOOK_ROLE: "boss",
        SIDEHOOK_LOG: "loud",
        SIDEHOOK_RETRY_SHEDULE: "5s",
      });
    expect(load).toThrow(ConfigError);
    const message = messageOf(load);
    for (const name of ["PORT", "DATABASE_URL", "BRIDGE_KEY", "ALLOW", "TIMEOUT", "ROLE", "LOG"]) {
      expect(message).toContain(`SIDEHOOK_${name} `);
    }
    expect(message).toContain("SIDEHOOK_RETRY_SHEDULE is no setting");
    expect(message).not.toContain("hunter2");
  });

  it("refuses a timeout that could outlive a claim", () => {
    expect(() => loadConfig({ SIDEHOOK_TIMEOUT: "31s" })).toThrow(
      "SIDEHOOK_TIMEOUT must lie between 1s and 30s",
    );
  });
});

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("it did not throw");
}
