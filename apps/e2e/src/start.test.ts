import { spawnSync } from "node:child_process";
import { createServer } from "node:http";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { startReceiver } from "@sidehook/delivery/testing";
import { startSidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { allow, createWebhook } from "./webhook.ts";

const main = join(import.meta.dirname, "../../sidecar/dist/main.js");

function run(env: Record<string, string>) {
  return spawnSync(process.execPath, [main], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    encoding: "utf8",
    timeout: 20_000,
  });
}

describeE2e("starting and stopping", () => {
  it("tells every wrong setting at once and does not start", () => {
    const { status, stderr } = run({ SIDEHOOK_PORT: "x", SIDEHOOK_TIMEOUT: "soon", SIDEHOOK_NAME: "y" });
    expect(status).toBe(1);
    expect(stderr).toContain("SIDEHOOK_PORT");
    expect(stderr).toContain("SIDEHOOK_TIMEOUT");
    expect(stderr).toContain("SIDEHOOK_NAME is no setting");
  });

  it("says what to do when the port is taken", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const dataDir = mkdtempSync(join(tmpdir(), "sidehook-e2e-"));
    const sidecar = run({ SIDEHOOK_PORT: String(port), SIDEHOOK_DATA_DIR: dataDir });
    server.close();
    rmSync(dataDir, { recursive: true });
    expect(sidecar.status).toBe(1);
    expect(sidecar.stderr).toContain("SIDEHOOK_PORT");
  });

  it("prints the address, a sign-in link that works once, and the lines for wp-config.php", async () => {
    const sidecar = await startSidecar();
    const output = sidecar.readOutput();
    const link = /http:\S+\/admin\/sign-in\?link=\S+/.exec(output)?.[0] ?? "";
    expect(output).toContain(`define( 'SIDEHOOK_URL', '${sidecar.url}' );`);
    expect(output).toContain(`define( 'SIDEHOOK_KEY', '${sidecar.bridgeKey}' );`);
    const first = await fetch(link, { redirect: "manual" });
    expect(first.status).toBe(303);
    expect(first.headers.get("set-cookie")).toContain("HttpOnly");
    const second = await fetch(link, { redirect: "manual" });
    expect(second.headers.get("set-cookie")).toBeNull();
    await sidecar.stop();
  });

  it("keeps the database and the data dir from other users", async () => {
    const sidecar = await startSidecar();
    expect(statSync(join(sidecar.dataDir, "sidehook.db")).mode & 0o077).toBe(0);
    await sidecar.stop();
  });

  it("finishes what is in flight before it stops, and ends with 0", async () => {
    const receiver = await startReceiver({ answer: { delayMs: 1000 } });
    const sidecar = await startSidecar(allow(receiver));
    await createWebhook(sidecar, { url: receiver.url, events: ["*"] });
    await sidecar.call("POST", "/v1/events", { type: "payment_received", payload: {} });
    await receiver.waitFor(1);
    expect(await sidecar.stop()).toBe(0);
    expect(sidecar.readLog("delivery.attempted")).toMatchObject([
      { status: 200, decision: "delivered", isRecorded: true },
    ]);
    await receiver.close();
  });
});
