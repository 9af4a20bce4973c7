import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { startReceiver, type Receiver, type ReceivedRequest } from "@sidehook/delivery/testing";
import { startWordPress, type WordPress } from "../../../tools/wordpress.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { allow, createWebhook } from "./webhook.ts";

const folder = join(import.meta.dirname, "../../../libs/events/fixtures/ultimate-multisite");
const firePlugin = join(import.meta.dirname, "../plugins/fire");

interface Captured {
  file: string;
  type: string;
  text: string;
}

const captured: Captured[] = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".json"))
  .sort()
  .map((file) => ({
    file,
    type: /([^/]+)\.json$/.exec(file)?.[1] ?? "",
    text: readFileSync(join(folder, file), "utf8").trim(),
  }));

describeE2e("bodies captured from a live network, fired as wu_event on a real one", () => {
  let receiver: Receiver;
  let sidecar: Sidecar;
  let wordpress: WordPress;
  let secret = "";

  beforeAll(async () => {
    receiver = await startReceiver();
    sidecar = await startSidecar(allow(receiver));
    ({ secret } = await createWebhook(sidecar, { url: `${receiver.url}/all`, events: ["*"] }));
    wordpress = await startWordPress({
      sidecarUrl: sidecar.url,
      bridgeKey: sidecar.bridgeKey,
      plugins: [firePlugin],
    });
  });
  afterAll(async () => {
    await wordpress.stop();
    await sidecar.stop();
    await receiver.close();
  });

  it("has bodies to fire", () => {
    expect(captured.length).toBeGreaterThanOrEqual(8);
  });

  it.for(captured)("$file arrives once, byte for byte, signed for any library", async ({ type, text }) => {
    const before = receiver.requests.length;
    const page = await fetch(`${wordpress.url}/?fire=${type}`, { method: "POST", body: text });
    const encodedByWordPress = await page.text();
    await receiver.waitFor(before + 1);
    const [request, ...more] = receiver.requests.slice(before);
    expect(more).toEqual([]);
    if (!request) throw new Error("nothing came");
    expect(request.body).toBe(encodedByWordPress);
    expect(JSON.parse(request.body)).toEqual(withoutEmptyObjects(JSON.parse(text)));
    expect(request.headers).toMatchObject({ "content-type": "application/json", "sidehook-event": type });
    expectSigned(request, secret);
  });

  it("made exactly one delivery of each", async () => {
    const deliveries = async () => {
      const { body } = await sidecar.call("GET", "/v1/deliveries?limit=200");
      return (body as { data: { state: string; attemptCount: number }[] }).data;
    };
    const delivered = { state: "delivered", attemptCount: 1 };
    await expect.poll(deliveries).toMatchObject(captured.map(() => delivered));
    expect(receiver.requests).toHaveLength(captured.length);
  });
});

/** PHP cannot tell an empty object from an empty list once it has read it. */
function withoutEmptyObjects(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutEmptyObjects);
  const entries = Object.entries(value);
  if (entries.length === 0) return [];
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutEmptyObjects(item)]));
}

function expectSigned(request: ReceivedRequest, secret: string): void {
  const headers = { ...request.headers };
  expect(() => new StandardWebhook(secret).verify(request.body, headers)).not.toThrow();
  expect(() => new SvixWebhook(secret).verify(request.body, headers)).not.toThrow();
  expect(() => new StandardWebhook(secret).verify(`${request.body} `, headers)).toThrow(
    "No matching signature",
  );
}
