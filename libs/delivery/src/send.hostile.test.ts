import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { attemptAt, newRig, requestTo, stateAfter } from "../test/rig.ts";

const rig = newRig();

describe("a receiver that breaks off", () => {
  it.each([
    ["without a byte", ""],
    ["in the status line", "HTTP/1.1 20"],
    ["in the headers", "HTTP/1.1 200 OK\r\ncontent-le"],
  ])("%s has not answered", async (_what, part) => {
    for (const end of [(socket: Socket) => socket.end(part), (socket: Socket) => resetAfter(socket, part)]) {
      expect((await attemptAt(rig, end)).error?.class).toBe("reset");
    }
  });

  it("in the middle of a 2xx body has taken the delivery", async () => {
    const part = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf";
    for (const end of [(socket: Socket) => socket.end(part), (socket: Socket) => resetAfter(socket, part)]) {
      const result = await attemptAt(rig, end);
      expect(result.response).toMatchObject({ status: 200, body: "half" });
      expect(stateAfter(result)).toBe("delivered");
    }
  });

  it("in the middle of a chunk, or sends a broken one, has taken the delivery", async () => {
    for (const chunk of ["ff\r\nhalf", "zz\r\nhalf"]) {
      const result = await attemptAt(rig, (socket) =>
        socket.end(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunk}`),
      );
      expect(result.response?.status).toBe(200);
    }
  });
});

function resetAfter(socket: Socket, part: string): void {
  socket.write(part, () => setTimeout(() => socket.resetAndDestroy(), 20));
}

function answerWith(body: string): string {
  return `HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n${body}`;
}

describe("a receiver that does not keep to HTTP", () => {
  it.each([
    ["another protocol", "SSH-2.0-OpenSSH_9.2\r\n"],
    ["noise", randomBytes(64).toString("latin1")],
    ["a lone line break", "\r\n\r\n\r\n \r\n"],
    ["HTTP of the future", "HTTP/9.9 200 OK\r\n\r\n"],
    ["a status that is no number", "HTTP/1.1 abc OK\r\n\r\n"],
    ["a header without a name", "HTTP/1.1 200 OK\r\n: x\r\n\r\n"],
    ["NUL in a header", "HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n"],
    ["two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nok"],
    ["length and chunks", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\nok"],
    [
      "an upgrade nobody asked for",
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    ],
    ["100 Continue nobody asked for", "HTTP/1.1 100 Continue\r\n\r\n"],
  ])("but sends %s has not answered", async (_what, text) => {
    expect((await attemptAt(rig, (socket) => socket.end(text, "latin1"))).error?.class).toBe("protocol");
  });

  it.each([
    ["HTTP/1.0 without a length", "HTTP/1.0 200 OK\r\n\r\nold", "old"],
    ["an answer without a reason", "HTTP/1.1 200\r\nconnection: close\r\n\r\nbare", "bare"],
    [
      "early hints first",
      "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nconnection: close\r\n\r\nlate",
      "late",
    ],
    ["the character NUL", "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\na\0b", "a\uFFFDb"],
  ])("strictly but sends %s is understood", async (_what, text, body) => {
    const { response } = await attemptAt(rig, (socket) => socket.end(text));
    expect(response).toMatchObject({ status: 200, body });
  });

  it("but answers twice does not answer the next delivery", async () => {
    const receiver = await rig.rawReceiver((socket, _requestNumber, connectionNumber) =>
      socket.write(connectionNumber === 1 ? answerWith("one") + answerWith("bad") : answerWith("two")),
    );
    const sender = rig.newSender();
    const bodies = [];
    for (let count = 0; count < 2; count++)
      bodies.push((await sender.send(requestTo(receiver.url))).response?.body);
    expect(bodies).toEqual(["one", "two"]);
  });

  it("but TLS on a plain port, and the other way round, is told apart", async () => {
    const plain = await rig.receiver();
    const sender = rig.newSender();
    const result = await sender.send(requestTo(plain.url.replace("http:", "https:")));
    expect(result.error).toEqual({ class: "tls", message: "wrong version number" });
  });
});

describe("a receiver that is not there", () => {
  it("refuses the connection", async () => {
    const receiver = await rig.receiver();
    await receiver.close();
    const again = await rig.newSender().send(requestTo(receiver.url));
    expect(again.error).toMatchObject({
      class: "connect",
      message: `connect ECONNREFUSED 127.0.0.1:${receiver.port}`,
    });
  });

  it("has no name", async () => {
    const error = Object.assign(new Error("getaddrinfo ENOTFOUND nowhere.test"), { code: "ENOTFOUND" });
    const sender = rig.newSender({ lookup: () => Promise.reject(error) });
    expect((await sender.send(requestTo("http://nowhere.test/"))).error).toEqual({
      class: "dns",
      message: error.message,
    });
  });

  it("has a name without addresses", async () => {
    const sender = rig.newSender({ lookup: () => Promise.resolve([]) });
    expect((await sender.send(requestTo("http://empty.test/"))).error?.class).toBe("dns");
  });

  it.each([301, 302, 303, 307, 308])("but redirects with %i is never followed", async (status) => {
    const elsewhere = await rig.receiver();
    const receiver = await rig.receiver({ answer: { status, headers: { location: `${elsewhere.url}/` } } });
    const sender = rig.newSender();
    const result = await sender.send(requestTo(receiver.url));
    expect(result.response).toMatchObject({ status, headers: { location: `${elsewhere.url}/` } });
    await sender.send(requestTo(elsewhere.url));
    expect(elsewhere.requests).toHaveLength(1); // our own, made to see that it listens
  });
});

it("throws a fault of our own instead of blaming the receiver", async () => {
  const outOfFiles = Object.assign(new Error("too many open files"), { code: "EMFILE" });
  const sender = rig.newSender({ lookup: () => Promise.reject(outOfFiles) });
  await expect(sender.send(requestTo("http://receiver.test/"))).rejects.toBe(outOfFiles);
});
