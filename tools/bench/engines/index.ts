import type { Servers } from "../servers.ts";
import type { Engine } from "./engine.ts";
import { createHosted } from "./hosted.ts";
import { createSidecarOnPostgres, sidecarSqlite } from "./sidecar.ts";

/** Everything that can be compared, in the order of the table. */
export const engines: readonly Engine[] = [
  createHosted({
    name: "bare",
    about: "the limit: an array in memory and 64 loops of undici.request; nothing is kept",
    kind: "bare",
    openServer: async () => ({ address: "", listPids: () => [] }),
  }),
  ...(["everysec", "always"] as const).map((fsync) =>
    createHosted({
      name: `bullmq-${fsync}`,
      about: `BullMQ, Redis with appendfsync ${fsync}, undici.request; signs nothing, logs nothing`,
      kind: "bullmq",
      async openServer({ servers }) {
        const { socket, listPids } = await servers.openRedis(fsync);
        return { address: socket, listPids };
      },
    }),
  ),
  createHosted({
    name: "pg-boss",
    about: "pg-boss, Postgres, notified, batches of 16, undici.request; signs nothing, logs nothing",
    kind: "pg-boss",
    openServer: ({ servers }) => openDatabase(servers),
  }),
  createHosted({
    name: "graphile",
    about: "graphile-worker, Postgres, local queue of 500, undici.request; signs nothing, logs nothing",
    kind: "graphile",
    openServer: ({ servers }) => openDatabase(servers),
  }),
  sidecarSqlite,
  ...[1, 2, 4].map(createSidecarOnPostgres),
];

async function openDatabase(servers: Servers) {
  const { url, listPids } = await servers.openPostgres();
  return { address: url, listPids };
}
