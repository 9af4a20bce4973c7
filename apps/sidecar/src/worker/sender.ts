import { createAddressGuard, createSender, type Sender } from "@sidehook/delivery";
import type { Config } from "../config.ts";

const connectTimeoutMs = 5000;

/**
 * The sender of a worker: it refuses private addresses, but for the bins of this very service, which
 * usually listens on loopback. Nothing else of the service can be reached through a webhook.
 */
export function createWorkerSender(config: Pick<Config, "allow" | "timeoutMs">, publicUrl: string): Sender {
  const limits = { timeoutMs: config.timeoutMs, connectTimeoutMs };
  const sender = createSender({ guard: createAddressGuard({ allow: config.allow }), ...limits });
  const binSender = createSender({ guard: { findRefusal: () => undefined }, ...limits });
  return {
    send: (request, options) =>
      (isOwnBin(request.url, publicUrl) ? binSender : sender).send(request, options),
    async close() {
      await Promise.all([sender.close(), binSender.close()]);
    },
  };
}

/** Compared after parsing, as it will be sent: `/bin/../v1/events` is no bin. */
export function isOwnBin(url: string, publicUrl: string): boolean {
  return URL.parse(url)?.href.startsWith(`${publicUrl}/bin/`) ?? false;
}
