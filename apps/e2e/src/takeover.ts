import { join } from "node:path";
import type { Receiver } from "@sidehook/delivery/testing";
import type { WordPress } from "../../../tools/wordpress.ts";
import type { Sidecar } from "./sidecar.ts";
import { waitUntil } from "./wait.ts";

export const standIn = join(import.meta.dirname, "../plugins/ultimate-multisite-stand-in");

/** Ultimate Multisite sends to no more, the newest first. */
export const sentByOriginal = 100;

/** How many requests came for each path of a receiver, of those that came after the first `from`. */
export function countByPath({ requests }: Receiver, from = 0): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { path } of requests.slice(from)) counts.set(path, (counts.get(path) ?? 0) + 1);
  return counts;
}

/** Makes webhooks numbered from `first` as Ultimate Multisite's own code does, each with a path of its own. */
export function createOriginals(
  wordpress: WordPress,
  receiver: Receiver,
  { first, last, event = "payment_received" }: { first: number; last: number; event?: string },
): Promise<string> {
  return wordpress.php(`for ( $i = ${first}; $i <= ${last}; $i++ ) {
    wu_create_webhook( array( 'name' => "Webhook $i", 'webhook_url' => "${receiver.url}/$i", 'event' => '${event}' ) );
  }`);
}

/** As a gateway does it, in a process of its own, which hands its events over before it ends. */
export function fire(wordpress: WordPress, type = "payment_received", id = 1): Promise<string> {
  return wordpress.php(`wu_do_event( '${type}', array( 'payment_id' => ${id} ) );`);
}

/** Waits until the sidecar has nothing to do any more. */
export function becomeIdle(sidecar: Sidecar): Promise<void> {
  const count = async (state: string) => {
    const { body } = await sidecar.call("GET", `/v1/deliveries?limit=1&state=${state}`);
    return (body as { data: unknown[] }).data.length;
  };
  return waitUntil(async () => (await count("pending")) + (await count("sending")) === 0, {
    what: "all deliveries",
  });
}

/** Switches as the buttons of the bridge's page do; answers what went wrong. */
export function takeover(wordpress: WordPress, to: "on" | "off"): Promise<string> {
  return wordpress.php(`$takeover = Sidehook\\Bridge::instance()->takeover();
    echo $takeover->${to === "on" ? "begin" : "end"}()?->failure;`);
}
