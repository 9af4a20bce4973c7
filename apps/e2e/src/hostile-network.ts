/**
 * Runs in a network and mount namespace of its own, where every address there is leads to this process: canaries
 * listen on all of them and tell which were touched. Drives the built sidecar through its API and prints what it found
 * as JSON; hostile-addresses.test.ts starts and judges it.
 */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listDeliveries, isAnyUnfinished } from "./chaos/books.ts";
import { buildMetadataHosts, buildRefusedHosts, unreachableHosts } from "./hostile-forms.ts";
import { startNameServer } from "./hostile-names.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { waitUntil } from "./wait.ts";

/** What became of one URL. */
export interface Outcome {
  url: string;
  /** `delivered`, the class of the failure, or `refused at the door`. */
  outcome: string;
  /** What the last attempt was told; names the rule that refused it. */
  message: string;
  attempts: number;
  /** Addresses and ports of canaries that got its requests. */
  touched: string[];
}

export interface NetworkReport {
  /** Nothing is allowed. */
  guarded: Outcome[];
  /** Connections that any canary saw meanwhile. */
  guardedTouches: string[];
  /** All of IPv4 and IPv6 is allowed. */
  opened: Outcome[];
  openedMetadata: Outcome[];
  scenarios: Record<string, Outcome>;
  scenarioTouches: string[];
}

const publicIpv4 = "93.184.216.34";
const publicIpv6 = "2606:4700:0:0:0:0:0:1111";
const mappedLoopback = "0:0:0:0:0:ffff:7f00:1";

const names = {
  "public.test": { ipv4: [[publicIpv4]], ipv6: [[publicIpv6]] },
  "public6.test": { ipv6: [[publicIpv6]] },
  "private.test": { ipv4: [["10.0.0.1"]] },
  "private6.test": { ipv6: [["fc00:0:0:0:0:0:0:1"]] },
  "mapped6.test": { ipv6: [[mappedLoopback]] },
  "mixed.test": { ipv4: [[publicIpv4, "10.0.0.1"]] },
  "mixed6.test": { ipv4: [[publicIpv4]], ipv6: [["0:0:0:0:0:0:0:1"]] },
  "metadata.test": { ipv4: [["169.254.169.254"]] },
  "rebind.test": { ipv4: [[publicIpv4], ["127.0.0.1"]] },
  "rebind6.test": { ipv6: [[publicIpv6], ["0:0:0:0:0:0:0:1"]] },
  "retry-rebind.test": { ipv4: [[publicIpv4], ["127.0.0.1"]] },
};

const scenarioUrls: Record<string, string> = {
  ...Object.fromEntries(Object.keys(names).map((name) => [name, `http://${name}/`])),
  "retry-rebind.test": "http://retry-rebind.test/busy",
  "unknown.test": "http://unknown.test/",
  "over TLS": "https://private.test/",
  "redirect 302": `http://${publicIpv4}/redirect/302`,
  "redirect 307": `http://${publicIpv4}/redirect/307`,
  "redirect 308": `http://${publicIpv4}/redirect/308`,
};

const touches: { address: string; webhookId: string }[] = [];

function canary(socket: Socket): void {
  const touch = { address: `${socket.localAddress ?? ""} ${socket.localPort ?? ""}`, webhookId: "" };
  touches.push(touch);
  socket.on("error", () => undefined); // whoever touches may also break off
  socket.on("data", (chunk: Buffer) => {
    const text = chunk.toString("latin1");
    touch.webhookId = /^sidehook-webhook: (\S+)/m.exec(text)?.[1] ?? touch.webhookId;
    const redirect = /^POST \/redirect\/(\d+)/.exec(text)?.[1];
    const status = redirect ?? (text.startsWith("POST /busy") ? "503" : "200");
    const location = redirect ? "location: http://169.254.169.254/latest/meta-data/\r\n" : "";
    socket.end(`HTTP/1.1 ${status} Told\r\n${location}connection: close\r\ncontent-length: 0\r\n\r\n`);
  });
}

async function listenEverywhere(): Promise<void> {
  execFileSync("ip", ["link", "set", "lo", "up"]);
  execFileSync("ip", ["route", "add", "local", "0.0.0.0/0", "dev", "lo"]);
  execFileSync("ip", ["-6", "route", "add", "local", "::/0", "dev", "lo"]);
  for (const port of [80, 443]) {
    for (const host of ["0.0.0.0", "::"]) {
      const server = createServer(canary).listen({ port, host, ipv6Only: true }).unref();
      await once(server, "listening");
    }
  }
}

function useOwnNameServer(): void {
  const folder = mkdtempSync(join(tmpdir(), "sidehook-resolv-"));
  const file = join(folder, "resolv.conf");
  writeFileSync(file, "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
  execFileSync("mount", ["--bind", file, "/etc/resolv.conf"]);
  rmSync(folder, { recursive: true }); // the mount keeps the file
}

/** Starts a sidecar with that allow list, gives every URL a webhook, sends one event, and waits for the end of all. */
async function visit(urls: readonly string[], allow: string): Promise<Outcome[]> {
  const sidecar = await startSidecar({
    SIDEHOOK_ALLOW: allow,
    SIDEHOOK_RETRY_SCHEDULE: "1s",
    SIDEHOOK_TIMEOUT: "5s",
    SIDEHOOK_LOG: "warn",
  });
  const outcomes: Outcome[] = [];
  const byWebhook = new Map<string, Outcome>();
  for (const url of urls) {
    const outcome = { url, outcome: "refused at the door", message: "", attempts: 0, touched: [] };
    outcomes.push(outcome);
    const webhook = { name: "Hostile", url, events: ["*"] };
    const { status, body } = await sidecar.call("POST", "/v1/webhooks", webhook);
    if (status === 201) byWebhook.set((body as { id: string }).id, outcome);
    else outcome.message = JSON.stringify(body);
  }
  const from = touches.length;
  await sidecar.call("POST", "/v1/events", { type: "payment_received", payload: {} });
  await waitUntil(async () => !(await isAnyUnfinished(sidecar)), { what: "every delivery to end" });
  await readOutcomes(sidecar, byWebhook);
  for (const { address, webhookId } of touches.slice(from)) byWebhook.get(webhookId)?.touched.push(address);
  await sidecar.stop();
  return outcomes;
}

interface DeliveryDetail {
  state: string;
  failure: { class: string } | null;
  attempts: { error: { message: string } | null }[];
}

async function readOutcomes(sidecar: Sidecar, byWebhook: ReadonlyMap<string, Outcome>): Promise<void> {
  for (const { id, webhookId } of await listDeliveries(sidecar)) {
    const outcome = byWebhook.get(webhookId);
    const { body } = await sidecar.call("GET", `/v1/deliveries/${id}`);
    const { state, failure, attempts } = body as DeliveryDetail;
    if (!outcome) continue;
    outcome.outcome = failure?.class ?? state;
    outcome.message = attempts.at(-1)?.error?.message ?? "";
    outcome.attempts = attempts.length;
  }
}

/** Each host over HTTP, and some over TLS. */
function urlsOf(hosts: readonly string[]): string[] {
  return hosts.flatMap((host, index) =>
    index % 4 === 0 ? [`http://${host}/`, `https://${host}/`] : [`http://${host}/`],
  );
}

await listenEverywhere();
useOwnNameServer();
const nameServer = await startNameServer(names);
const refused = urlsOf([...buildRefusedHosts(), ...buildMetadataHosts(), ...unreachableHosts]);
const guarded = await visit(refused, "");
const guardedTouches = touches.splice(0).map(({ address }) => address);
const everything = "0.0.0.0/0,[::/0]";
const opened = await visit(
  buildRefusedHosts().map((host) => `http://${host}/`),
  everything,
);
const openedMetadata = await visit(urlsOf(buildMetadataHosts()), everything);
touches.length = 0;
const visits = await visit(Object.values(scenarioUrls), "");
const scenarios = Object.fromEntries(
  Object.keys(scenarioUrls).map((name, index) => [name, visits[index]]),
) as NetworkReport["scenarios"];
const scenarioTouches = touches.map(({ address }) => address);
nameServer.close();
const report: NetworkReport = {
  guarded,
  guardedTouches,
  opened,
  openedMetadata,
  scenarios,
  scenarioTouches,
};
process.stdout.write(JSON.stringify(report));
