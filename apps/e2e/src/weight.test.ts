import { get } from "node:http";
import { text } from "node:stream/consumers";
import { createGunzip } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startReceiver, type Receiver } from "@sidehook/delivery/testing";
import { makeBusy } from "./busy.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { allow } from "./webhook.ts";

/** What a first page may weigh in all: itself, its style, its script and its icon, with all headers. */
const limitBytes = 100_000;
/** The same where nothing is compressed, such as behind an old proxy; inside WordPress nothing is. */
const plainLimitBytes = 80_000;

interface Answer {
  /** Everything that came through the connection. */
  bytes: number;
  html: string;
}

describeE2e("a first page", () => {
  let receiver: Receiver;
  let sidecar: Sidecar;
  let cookie: string;

  beforeAll(async () => {
    receiver = await startReceiver({ answer: ({ path }) => ({ status: path === "/erp" ? 503 : 200 }) });
    sidecar = await startSidecar(allow(receiver));
    await makeBusy(sidecar, receiver);
    const body = new URLSearchParams({ token: sidecar.adminToken });
    const signIn = await fetch(`${sidecar.url}/admin/sign-in`, { method: "POST", body, redirect: "manual" });
    cookie = signIn.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  });
  afterAll(async () => {
    await sidecar.stop();
    await receiver.close();
  });

  it.for(["en", "ml", "te"])(
    "weighs less than 100 KB in all, whichever page it is (%s)",
    async (language) => {
      const weights = new Map<string, number>();
      const waiting = ["/admin/overview", "/admin/overview?range=30d"];
      for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
        if (weights.has(shapeOf(path))) continue;
        const page = await ask(path, language);
        const parts = await Promise.all(partsOf(page.html).map((part) => ask(part, language)));
        weights.set(
          shapeOf(path),
          parts.reduce((sum, { bytes }) => sum + bytes, page.bytes),
        );
        waiting.push(...linksOf(page.html));
      }
      const heaviest = [...weights].toSorted(([, a], [, b]) => b - a);
      for (const [path, bytes] of heaviest)
        console.log(`${language} ${String(bytes).padStart(7)} bytes ${path}`);
      expect(weights.size).toBeGreaterThan(25);
      expect(heaviest.filter(([, bytes]) => bytes >= limitBytes)).toEqual([]);
    },
  );

  it("is light in itself: fifty webhooks with a day each are under 80 KB uncompressed", async () => {
    const { bytes, html } = await ask("/admin/webhooks", "en", "identity");
    console.log(`fifty webhooks uncompressed: ${bytes} bytes`);
    expect(html.match(/class="sparkline"/g)).toHaveLength(50);
    expect(bytes).toBeLessThan(plainLimitBytes);
  });

  it("is compressed for nobody whom another site has sent, since its length would tell that site something", async () => {
    const own = await ask("/admin/webhooks", "en");
    const foreign = await ask("/admin/webhooks", "en", "gzip", "cross-site");
    expect(own.bytes).toBeLessThan(foreign.bytes / 3);
    expect(foreign.bytes).toBeGreaterThan(foreign.html.length);
  });

  /** A connection for each, so that it counts what goes through it. */
  function ask(path: string, language: string, encoding = "gzip", site = "same-origin"): Promise<Answer> {
    const headers = {
      cookie: `${cookie}; sidehook_language=${language}`,
      "accept-encoding": encoding,
      "sec-fetch-site": site,
    };
    return new Promise((resolve, reject) => {
      get(`${sidecar.url}${path}`, { headers, agent: false }, (response) => {
        const isZipped = response.headers["content-encoding"] === "gzip";
        expect({ path, status: response.statusCode }).toEqual({ path, status: 200 });
        text(isZipped ? response.pipe(createGunzip()) : response)
          .then((html) => resolve({ bytes: response.socket.bytesRead, html }))
          .catch(reject);
      }).on("error", reject);
    });
  }
});

/** What a browser asks for to show a page. */
function partsOf(html: string): string[] {
  const found = [...html.matchAll(/<(?:link|script|img)[^>]+(?:href|src)="([^"]+)"/g)];
  return [...new Set(found.map(([, address = ""]) => address))];
}

function linksOf(html: string): string[] {
  return [...html.matchAll(/<a [^>]*href="(\/admin\/[^"#]+)/g)]
    .map(([, address = ""]) => address.replaceAll("&amp;", "&"))
    .filter((address) => !address.endsWith(".json"));
}

/** Two pages about two things of one kind are one page. */
function shapeOf(path: string): string {
  return path
    .replace(/\?(?!range=30d).*/, "")
    .replaceAll(/[a-z]+_[0-9a-f]{8}-[0-9a-f-]+/g, ":id")
    .replace(/^(\/admin\/event-types\/).+/, "$1:type");
}
