import { bare } from "./bare.ts";
import { bullmq } from "./bullmq.ts";
import { graphile } from "./graphile.ts";
import { pgBoss } from "./pg-boss.ts";
import type { HostSettings, QueueKind } from "./queue.ts";

export const kinds: Readonly<Record<HostSettings["kind"], QueueKind>> = {
  bare,
  bullmq,
  graphile,
  "pg-boss": pgBoss,
};
