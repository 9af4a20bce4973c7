import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { RawAnswering } from "../test/raw-receiver.ts";
import { attemptAt, newRig, requestTo, shortTimeoutMs, slackMs, stateAfter } from "../test/rig.ts";

const rig = newRig();

/** Writes the start, then a piece every few milliseconds until the connection is gone. */
function drip(socket: Socket, start: string, piece: string): void {
  socket.write(start);
  const timer = setInterval(() => socket.write(piece), 10);
  socket.on("close", () => clearInterval(timer));
}

/** Writes the start, then pieces as fast as the other side reads. */
function flood(socket: Socket, start: string, piece: string): void {
  const write = () => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.write(start);
  socket.on("drain", write);
  write();
}

function slowAttemptAt(answer: RawAnswering): ReturnType<typeof attemptAt> {
  return attemptAt(rig, answer, shortTimeoutMs);
}

describe("a receiver that is slow", () => {
  it("and never answers is a timeout", async () => {
    const result = await slowAttemptAt(() => undefined);
    expect(result.error).toEqual({ class: "timeout", message: "no answer within 250 ms" });
    expect(result.durationMs).toBeLessThan(shortTimeoutMs + slackMs);
  });

  it.each([
    ["headers", "HTTP/1.1 200 OK\r\n", "x: y\r\n"],
    ["one header", "HTTP/1.1 200 OK\r\nx: ", "y"],
    ["a status line", "HTTP/1.1 200 ", "O"],
    ["interim answers", "", "HTTP/1.1 103 Early Hints\r\n\r\n"],
  ])("and drips %s cannot hold the attempt", async (_what, start, piece) => {
    const result = await slowAttemptAt((socket) => drip(socket, start, piece));
    expect(result.error?.class).toBe("timeout");
    expect(result.durationMs).toBeLessThan(shortTimeoutMs + slackMs);
  });

  it("to come to an answer, with interim ones without end, is not listened to until the timeout", async () => {
    const interim = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(1000);
    const result = await slowAttemptAt((socket) => void socket.write(interim));
    expect(result.error).toEqual({ class: "protocol", message: "more than 100 interim answers" });
  });

  it("in its 2xx body has taken the delivery, and its connection is let go", async () => {
    const result = await slowAttemptAt((socket) =>
      drip(socket, "HTTP/1.1 202 Accepted\r\ncontent-length: 1000000\r\n\r\nthank", " you"),
    );
    expect(result.response).toMatchObject({
      status: 202,
      body: expect.stringMatching(/^thank you/) as string,
    });
    expect(stateAfter(result)).toBe("delivered");
    expect(result.phases.body).toBeGreaterThan(100);
    expect(result.durationMs).toBeLessThan(shortTimeoutMs + slackMs);
  });

  it("in its 5xx body is a 5xx", async () => {
    const result = await slowAttemptAt((socket) => {
      drip(socket, "HTTP/1.1 500 No\r\n\r\n", "x");
    });
    expect(result.response?.status).toBe(500);
  });

  it("in its TLS handshake is a timeout of connecting", async () => {
    const receiver = await rig.rawReceiver(() => undefined);
    const sender = rig.newSender({ connectTimeoutMs: 100 });
    const result = await sender.send(requestTo(receiver.url.replace("http:", "https:")));
    expect(result.error).toEqual({ class: "timeout", message: "no connection within 100 ms" });
    expect(result.phases).toMatchObject({
      dns: null,
      connect: expect.any(Number) as number,
      firstByte: null,
    });
    expect(result.phases.tls).toBeGreaterThanOrEqual(70);
    await receiver.allClosed();
  });

  it("because its name is not resolved is a timeout of connecting, and takes one lookup for all", async () => {
    let lookups = 0;
    const sender = rig.newSender({
      connectTimeoutMs: 100,
      lookup: () => (lookups++, new Promise(() => undefined)),
    });
    const results = await Promise.all([1, 2, 3].map(() => sender.send(requestTo("http://silent.test/"))));
    for (const { error, phases } of results) {
      expect(error).toEqual({ class: "timeout", message: "no connection within 100 ms" });
      expect(phases.dns).toBeGreaterThanOrEqual(70);
    }
    expect(lookups).toBe(1);
  });

  it("costs its neighbours on the same origin nothing", async () => {
    const receiver = await rig.receiver({
      answer: ({ path }) => (path === "/slow" ? undefined : { status: 200 }),
    });
    const sender = rig.newSender();
    const slow = Array.from({ length: 50 }, () => sender.send(requestTo(`${receiver.url}/slow`)));
    await receiver.waitFor(50);
    const { durationMs, response } = await sender.send(requestTo(`${receiver.url}/quick`));
    expect(response?.status).toBe(200);
    expect(durationMs).toBeLessThan(slackMs);
    await receiver.close();
    expect((await Promise.all(slow)).every(({ error }) => error?.class === "reset")).toBe(true);
  });
});

describe("a receiver that sends too much", () => {
  it("in headers is refused at 32 KiB", async () => {
    const result = await attemptAt(rig, (socket) =>
      flood(socket, "HTTP/1.1 200 OK\r\n", "x-bomb: boom\r\n".repeat(500)),
    );
    expect(result.error).toEqual({ class: "protocol", message: "Headers Overflow Error" });
    expect(result.written()).toBeLessThan(20_000_000);
  });

  it("in one header is refused at 32 KiB", async () => {
    const result = await attemptAt(rig, (socket) =>
      flood(socket, "HTTP/1.1 200 OK\r\nx: ", "x".repeat(1000)),
    );
    expect(result.error?.class).toBe("protocol");
  });

  it("may send 30 KiB of headers", async () => {
    const header = `x-long: ${"y".repeat(30 * 1024)}\r\n`;
    const answer = `HTTP/1.1 200 OK\r\n${header}content-length: 0\r\nconnection: close\r\n\r\n`;
    expect((await attemptAt(rig, (socket) => socket.write(answer))).response?.status).toBe(200);
  });

  it("in the body is cut at 16 KiB and left", async () => {
    const result = await attemptAt(rig, (socket) =>
      flood(socket, "HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n", "0123456789abcdef".repeat(64)),
    );
    expect(result.response?.body).toBe("0123456789abcdef".repeat(1024));
    expect(stateAfter(result)).toBe("delivered");
    expect(result.durationMs).toBeLessThan(slackMs);
    expect(result.written()).toBeLessThan(20_000_000);
  });

  it("in a body without an end is cut at 16 KiB and left", async () => {
    const result = await attemptAt(rig, (socket) =>
      flood(socket, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "5\r\nhello\r\n".repeat(500)),
    );
    expect(result.response?.body).toHaveLength(16 * 1024);
  });

  it("in a gzip bomb is not unpacked", async () => {
    const bomb = gzipSync(Buffer.alloc(8 * 1024 * 1024));
    const result = await attemptAt(rig, (socket) => {
      socket.write(
        `HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`,
      );
      socket.write(bomb);
    });
    expect(result.response?.status).toBe(200);
    expect(result.response?.body.length).toBeLessThanOrEqual(bomb.length);
    expect(result.durationMs).toBeLessThan(slackMs);
  });

  it("answers of 16 KiB exactly are kept whole, and a character cut in two is left out", async () => {
    const sender = rig.newSender();
    const whole = "ü".repeat(8 * 1024);
    const receiver = await rig.receiver({ answer: { body: whole } });
    expect((await sender.send(requestTo(receiver.url))).response?.body).toBe(whole);
    receiver.answerWith({ body: `x${whole}` });
    expect((await sender.send(requestTo(receiver.url))).response?.body).toBe(`x${whole.slice(1)}`);
  });
});
