import type { Routes } from "../events.ts";

/** One event for one path of the receiver. */
export interface Delivery {
  id: string;
  path: string;
  payload: string;
}

/** What the process of a peer is started with. */
export interface HostSettings {
  kind: "bare" | "bullmq" | "pg-boss" | "graphile";
  receiverUrl: string;
  routes: Routes;
  concurrency: number;
  /** Socket of Redis or URL of Postgres. */
  server: string;
}

/** Posts one delivery; throws for any answer but 2xx. */
export type Deliver = (delivery: Delivery) => Promise<void>;

/** How a queue is used by somebody who builds webhooks on it: everything durable that it says is durable. */
export interface QueueKind {
  /** Whether deliveries are made in a thread of their own, as the sidecar does. */
  hasThread: boolean;
  /** Makes what it needs in its database and answers how deliveries are added. */
  openQueue: (settings: HostSettings) => Promise<(deliveries: readonly Delivery[]) => Promise<void>>;
  /** Answers how to stop it; nothing is in flight then. */
  startWorker: (settings: HostSettings, deliver: Deliver) => Promise<() => Promise<void>>;
}
