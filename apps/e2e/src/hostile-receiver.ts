import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";

/** Says something to a request that has come in whole; `isGone` when nobody listens any more. */
export type Misbehaviour = (socket: Socket, isGone: () => boolean) => Promise<void> | void;

export interface HostileReceiver {
  url: string;
  /** Heads of the requests, as text. */
  requests: readonly string[];
  /** The most that was written to one connection. */
  mostWritten: () => number;
  /** Connections that are still open. */
  openCount: () => number;
  close: () => Promise<void>;
}

/** Speaks bare TCP, so that it can say what no HTTP server would. Requests must end with `}`. */
export async function startHostileReceiver(misbehave: Misbehaviour): Promise<HostileReceiver> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let mostWritten = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    let isClosed = false;
    socket.on("error", () => undefined); // the sidecar may cut the connection at any time
    socket.on("close", () => {
      isClosed = true;
      sockets.delete(socket);
      mostWritten = Math.max(mostWritten, socket.bytesWritten);
    });
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (!text.endsWith("}")) return;
      requests.push(text);
      text = "";
      void misbehave(socket, () => isClosed);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    mostWritten: () => mostWritten,
    openCount: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

const ok = "HTTP/1.1 200 OK\r\n";
const gigabyte = 1024 ** 3;
/** A gzip file may have any number of members: ten times the same is 1 GB of zeros in 1 MB. */
const member = gzipSync(Buffer.alloc(gigabyte / 10));
const dripMs = 20;

/** Writes the same again and again, as fast as it is taken, up to so many bytes. */
async function pour(socket: Socket, piece: Buffer, bytes: number): Promise<void> {
  const pieces = function* () {
    for (let sent = 0; sent < bytes; sent += piece.length) yield piece;
  };
  await pipeline(pieces, socket).catch(() => undefined); // cut, as it should be
}

async function drip(socket: Socket, isGone: () => boolean): Promise<void> {
  while (!isGone()) {
    socket.write("x");
    await delay(dripMs);
  }
}

/** What may be met out there, and what must become of a delivery to it after its last attempt. */
export const misbehaviours: Readonly<Record<string, { outcome: string; misbehave: Misbehaviour }>> = {
  "never answers": { outcome: "timeout", misbehave: () => undefined },
  "drips its headers": {
    outcome: "timeout",
    misbehave: (socket, isGone) => {
      socket.write(`${ok}x-slow: `);
      return drip(socket, isGone);
    },
  },
  "drips its body": {
    outcome: "delivered",
    misbehave: (socket, isGone) => {
      socket.write(`${ok}content-length: 1000000\r\n\r\n`);
      return drip(socket, isGone);
    },
  },
  "answers 1 GB": {
    outcome: "delivered",
    misbehave: (socket) => {
      socket.write(`${ok}content-length: ${gigabyte}\r\n\r\n`);
      return pour(socket, Buffer.alloc(1 << 16, "x"), gigabyte);
    },
  },
  "answers a gzip bomb": {
    outcome: "delivered",
    misbehave: (socket) => {
      socket.write(`${ok}content-encoding: gzip\r\ncontent-length: ${10 * member.length}\r\n\r\n`);
      return pour(socket, member, 10 * member.length);
    },
  },
  "answers a header without end": {
    outcome: "protocol",
    misbehave: (socket) => {
      socket.write(`${ok}x-large: `);
      return pour(socket, Buffer.alloc(1 << 16, "x"), gigabyte);
    },
  },
  "answers headers without number": {
    outcome: "protocol",
    misbehave: (socket) => {
      socket.write(ok);
      return pour(socket, Buffer.from("x-more: x\r\n".repeat(1000)), gigabyte);
    },
  },
  "goes on and on with 103 Early Hints": {
    outcome: "protocol",
    misbehave: (socket) =>
      pour(socket, Buffer.from("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".repeat(1000)), gigabyte),
  },
  "breaks off in its headers": {
    outcome: "reset",
    misbehave: (socket) => void socket.end(`${ok}content-le`),
  },
  "breaks off in its body": {
    outcome: "delivered",
    misbehave: (socket) => void socket.end(`${ok}content-length: 1000\r\n\r\nhalf`),
  },
  "sends a chunk that is none": {
    outcome: "delivered",
    misbehave: (socket) => void socket.end(`${ok}transfer-encoding: chunked\r\n\r\nnonsense\r\n`),
  },
  "speaks another protocol": {
    outcome: "protocol",
    misbehave: (socket) => void socket.end("220 mail.example ESMTP\r\n"),
  },
  "closes without a word": { outcome: "reset", misbehave: (socket) => void socket.end() },
  "answers 200 after our timeout": {
    outcome: "timeout",
    misbehave: async (socket) => {
      await delay(2500);
      socket.end(`${ok}content-length: 2\r\n\r\nok`);
    },
  },
};
