import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A TCP line to a Postgres server that can be cut, or go silent as when a cable is pulled. */
export interface PostgresLine {
  url: string;
  /** Drops every connection and refuses new ones. */
  cut: () => void;
  /** Lets no byte through, in either direction, and says nothing. */
  freeze: () => void;
  /** As good as new; what was held by `freeze` arrives late. */
  restore: () => void;
  close: () => Promise<void>;
}

/**
 * Lays a line from a free port on 127.0.0.1 to the socket of a server.
 *
 * @param serverUrl as `startPostgres` answers it, with the folder of the socket as `host`
 */
export async function openPostgresLine(serverUrl: string): Promise<PostgresLine> {
  const path = `${new URL(serverUrl).searchParams.get("host") ?? ""}/.s.PGSQL.5432`;
  const sockets = new Set<Socket>();
  let state: "open" | "cut" | "frozen" = "open";

  function keep(socket: Socket, other: Socket): void {
    sockets.add(socket);
    socket.on("error", () => other.destroy()); // either end may go at any time; then so does the other
    socket.on("close", () => {
      sockets.delete(socket);
      other.destroy();
    });
    socket.on("data", (bytes: Buffer) => void other.write(bytes));
    if (state === "frozen") socket.pause();
  }

  const server = createServer((near) => {
    if (state === "cut") {
      near.destroy();
      return;
    }
    const far = connect(path);
    keep(near, far);
    keep(far, near);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `postgres://postgres@127.0.0.1:${(server.address() as AddressInfo).port}/postgres`,
    cut() {
      state = "cut";
      for (const socket of sockets) socket.destroy();
    },
    freeze() {
      state = "frozen";
      for (const socket of sockets) socket.pause();
    },
    restore() {
      state = "open";
      for (const socket of sockets) socket.resume();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
