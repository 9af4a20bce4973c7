import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";

/** Speaks (or does not speak) HTTP on bare sockets: whatever no HTTP server would say. */
export interface RawReceiver {
  url: string;
  /** Everything that came, one text for each connection. */
  received: readonly string[];
  /** Bytes written to all connections. */
  bytesWritten: () => number;
  /** Settles when every connection has been closed. */
  allClosed: () => Promise<void>;
  close: () => Promise<void>;
}

/** Called for each complete request, with its number on this connection and the number of the connection, from 1. */
export type RawAnswering = (socket: Socket, requestNumber: number, connectionNumber: number) => void;

/** Requests must have the body `{}`: that is how their end is known. */
export async function startRawReceiver(answer: RawAnswering): Promise<RawReceiver> {
  const received: string[] = [];
  const sockets: Socket[] = [];
  const closings: Promise<void>[] = [];
  const server = createServer((socket) => {
    const connectionNumber = sockets.push(socket);
    let requestNumber = 0;
    received.push("");
    closings.push(new Promise((resolve) => socket.once("close", () => resolve())));
    socket.on("error", () => undefined); // the sender may cut the connection at any time
    socket.on("data", (chunk: Buffer) => {
      const text = chunk.toString("latin1");
      received[connectionNumber - 1] += text;
      if (text.endsWith("{}")) answer(socket, ++requestNumber, connectionNumber);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    bytesWritten: () => sockets.reduce((sum, socket) => sum + socket.bytesWritten, 0),
    async allClosed() {
      await Promise.all(closings);
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
