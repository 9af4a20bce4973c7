import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { describe, expect, it } from "vitest";
import { certificate } from "../test/certificate.ts";
import { newRig, requestTo } from "../test/rig.ts";
import type { Lookup } from "./socket.ts";

const rig = newRig();
const ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const loopback: Lookup = () => Promise.resolve([{ address: "127.0.0.1", family: 4 }]);

describe("an attempt", () => {
  it("puts exactly the request on the wire, and what HTTP itself needs", async () => {
    const receiver = await rig.rawReceiver((socket) => socket.write(ok));
    await rig.newSender().send(requestTo(`${receiver.url}/in?a=1&b=%20#x`));
    expect(receiver.received).toEqual([
      [
        "POST /in?a=1&b=%20 HTTP/1.1",
        `host: ${new URL(receiver.url).host}`,
        "connection: keep-alive",
        "content-type: application/json",
        "x-a: b",
        "content-length: 2",
        "",
        "{}",
      ].join("\r\n"),
    ]);
  });

  it("sends bytes of any alphabet as they are", async () => {
    const receiver = await rig.receiver();
    const body = JSON.stringify({ name: "Zoë 😀 \u2028", big: "ü".repeat(200_000) });
    await rig.newSender().send({ ...requestTo(receiver.url), body });
    expect(receiver.requests[0]?.rawBody.equals(Buffer.from(body))).toBe(true);
  });

  it("brings back status, headers, body and times", async () => {
    const headers = { "x-one": "1", "set-cookie": "a=1", "retry-after": "7" };
    const receiver = await rig.receiver({ answer: { status: 503, headers, body: "später", delayMs: 60 } });
    const result = await rig.newSender().send(requestTo(receiver.url));
    expect(result.response).toMatchObject({ status: 503, headers, body: "später" });
    expect(result.error).toBeNull();
    expect(result.phases).toMatchObject({ dns: null, tls: null });
    expect(result.phases.connect).not.toBeNull();
    expect(result.phases.firstByte).toBeGreaterThanOrEqual(55);
    expect(result.phases.body).not.toBeNull();
    expect(result.durationMs).toBeGreaterThanOrEqual(55);
    expect(Math.abs(result.startedAt.getTime() - Date.now())).toBeLessThan(2000);
  });

  it("times the resolving of a name", async () => {
    const receiver = await rig.receiver();
    const sender = rig.newSender({ lookup: loopback });
    const result = await sender.send(requestTo(`http://receiver.test:${receiver.port}/`));
    expect(result.phases.dns).not.toBeNull();
    expect(receiver.requests[0]?.headers["host"]).toBe(`receiver.test:${receiver.port}`);
  });

  it("takes the webhook's own time limit before the sender's", async () => {
    const receiver = await rig.receiver({ answer: () => undefined });
    const sender = rig.newSender({ timeoutMs: 60_000 });
    const result = await sender.send(requestTo(receiver.url), { timeoutMs: 80 });
    expect(result.error).toEqual({ class: "timeout", message: "no answer within 80 ms" });
    expect(result.phases.firstByte).toBeGreaterThanOrEqual(70);
  });

  it("sends nothing when the address that answered is refused after all", async () => {
    const receiver = await rig.receiver();
    let asked = 0;
    const guard = { findRefusal: () => (++asked > 1 ? "it is another one now" : undefined) };
    const result = await rig.newSender({ guard }).send(requestTo(receiver.url));
    expect(result.error).toEqual({ class: "address_refused", message: "it is another one now" });
    await rig.newSender().send(requestTo(receiver.url));
    expect(receiver.requests).toHaveLength(1); // our own, made to see that it listens
  });

  it("obeys no proxy variables", async () => {
    const proxy = await rig.receiver();
    const receiver = await rig.receiver();
    for (const name of ["http_proxy", "HTTP_PROXY", "all_proxy"]) process.env[name] = proxy.url;
    try {
      await rig.newSender().send(requestTo(receiver.url));
    } finally {
      for (const name of ["http_proxy", "HTTP_PROXY", "all_proxy"]) delete process.env[name];
    }
    expect([receiver.requests.length, proxy.requests.length]).toEqual([1, 0]);
  });
});

describe("connections", () => {
  it("are kept alive and used again, without times for opening them", async () => {
    const receiver = await rig.receiver();
    const sender = rig.newSender({ lookup: loopback });
    const url = `http://receiver.test:${receiver.port}/`;
    const first = await sender.send(requestTo(url));
    expect(first.phases.connect).not.toBeNull();
    for (let count = 0; count < 5; count++) {
      expect((await sender.send(requestTo(url))).phases).toMatchObject({
        dns: null,
        connect: null,
        tls: null,
      });
    }
    expect(receiver.connectionCount()).toBe(1);
  });

  it("are as many as there are attempts at once, also to one origin", async () => {
    const attempts = 200;
    const waiting: (() => void)[] = [];
    const receiver = await rig.receiver({
      answer: async () => {
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.push(resolve);
        if (waiting.length === attempts) for (const go of waiting) go();
        await promise; // nobody is answered before all are here
        return {};
      },
    });
    const sender = rig.newSender();
    const results = await Promise.all(
      Array.from({ length: attempts }, () => sender.send(requestTo(receiver.url))),
    );
    expect(results.filter(({ response }) => response?.status === 200)).toHaveLength(attempts);
    expect(receiver.connectionCount()).toBe(attempts);
  });

  it("are not used again when the receiver says so", async () => {
    const receiver = await rig.receiver({ answer: { headers: { connection: "close" } } });
    const sender = rig.newSender();
    for (let count = 0; count < 3; count++) await sender.send(requestTo(receiver.url));
    expect(receiver.connectionCount()).toBe(3);
  });

  it("that went stale cost nothing: the request is sent once more on a fresh one", async () => {
    const receiver = await rig.rawReceiver((socket, requestNumber) => {
      if (requestNumber === 1) socket.write(ok);
      else socket.resetAndDestroy();
    });
    const sender = rig.newSender();
    // two idle connections, both of which will break: the second try must not take the other one
    await Promise.all([sender.send(requestTo(receiver.url)), sender.send(requestTo(receiver.url))]);
    const result = await sender.send(requestTo(receiver.url));
    expect(result.response?.status).toBe(200);
    expect(result.phases.connect).not.toBeNull();
    const requestCounts = receiver.received.map((text) => text.split("POST").length - 1);
    expect(requestCounts.toSorted((a, b) => a - b)).toEqual([1, 1, 2]);
  });

  it("that are new and break are a failed attempt, not tried again", async () => {
    const receiver = await rig.rawReceiver((socket) => socket.resetAndDestroy());
    const result = await rig.newSender().send(requestTo(receiver.url));
    expect(result.error?.class).toBe("reset");
    expect(receiver.received).toHaveLength(1);
  });

  it("that break after the first byte of an answer are a failed attempt, also when used before", async () => {
    const receiver = await rig.rawReceiver((socket, requestNumber) => {
      if (requestNumber === 1) socket.write(ok);
      else socket.write("HTTP/1.1 2", () => socket.destroy());
    });
    const sender = rig.newSender();
    await sender.send(requestTo(receiver.url));
    expect((await sender.send(requestTo(receiver.url))).error?.class).toBe("reset");
    expect(receiver.received).toHaveLength(1);
  });

  it("give a second try no second time limit", async () => {
    const receiver = await rig.rawReceiver((socket, requestNumber, connectionNumber) => {
      if (requestNumber === 1 && connectionNumber === 1) socket.write(ok);
      else if (connectionNumber === 1) setTimeout(() => socket.resetAndDestroy(), 1_500);
    });
    const sender = rig.newSender();
    await sender.send(requestTo(receiver.url));
    const result = await sender.send(requestTo(receiver.url), { timeoutMs: 3_000 });
    expect(receiver.received).toHaveLength(2);
    expect(result.error?.class).toBe("timeout");
    expect(result.durationMs).toBeLessThan(4_500);
  });

  it("are closed with the sender, after what is in flight", async () => {
    const receiver = await rig.receiver({ answer: { delayMs: 50 } });
    const sender = rig.newSender();
    const attempt = sender.send(requestTo(receiver.url));
    await receiver.waitFor(1);
    await sender.close();
    expect((await attempt).response?.status).toBe(200);
    await expect(sender.send(requestTo(receiver.url))).rejects.toThrow("the sender is closed");
  });
});

async function secureReceiver() {
  const receiver = await rig.receiver({ tls: certificate });
  return { receiver, url: (name: string) => requestTo(`https://${name}:${receiver.port}/`) };
}

describe("TLS", () => {
  it("refuses a certificate nobody vouches for", async () => {
    const { receiver, url } = await secureReceiver();
    const result = await rig.newSender({ lookup: loopback }).send(url("receiver.test"));
    expect(result.error).toEqual({
      class: "tls",
      message: expect.stringContaining("self-signed certificate") as string,
    });
    expect(result.phases.tls).not.toBeNull();
    expect(receiver.requests).toHaveLength(0);
  });

  it("is not weakened by NODE_TLS_REJECT_UNAUTHORIZED", async () => {
    const { url } = await secureReceiver();
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    try {
      const result = await rig.newSender({ lookup: loopback }).send(url("receiver.test"));
      expect(result.error?.class).toBe("tls");
    } finally {
      delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    }
  });

  it("accepts a certificate for the host's name, and for no other", async () => {
    const usual = getCACertificates("default");
    setDefaultCACertificates([...usual, certificate.cert]);
    try {
      const { receiver, url } = await secureReceiver();
      const sender = rig.newSender({ lookup: loopback });
      const result = await sender.send(url("receiver.test."));
      expect(result.response?.status).toBe(200);
      expect(result.phases.tls).not.toBeNull();
      expect((await sender.send(url("receiver.test."))).phases.tls).toBeNull();
      for (const name of ["other.test", "127.0.0.1"]) {
        expect((await sender.send(url(name))).error).toMatchObject({ class: "tls" });
      }
      expect(receiver.requests).toHaveLength(2);
    } finally {
      setDefaultCACertificates(usual);
    }
  });
});
