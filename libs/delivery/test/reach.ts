/**
 * Runs in a network namespace of its own, where every address there is leads to this process: canaries listen on all of
 * them, and tell which were touched. Prints what it found as JSON; address.reach.test.ts starts and judges it.
 */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { createAddressGuard, parseAllowList, type AddressGuard } from "../src/address.ts";
import type { SendResult } from "../src/delivery.ts";
import { createSender } from "../src/send.ts";
import { systemLookup, type Lookup } from "../src/socket.ts";
import { refusedHosts, unreachableHosts } from "./forms.ts";

/** `outcome` is the status, or the class of the failure. */
export interface Visit {
  url: string;
  outcome: number | string;
  message: string;
  /** Addresses and ports of the canaries that were touched, in order. */
  touched: string[];
}

export interface Report {
  guarded: Visit[];
  unguarded: Visit[];
  scenarios: Record<string, Visit[]>;
}

const touched: string[] = [];

function canary(socket: Socket): void {
  touched.push(`${socket.localAddress ?? ""} ${socket.localPort ?? ""}`);
  socket.on("error", () => undefined);
  socket.on("data", (chunk: Buffer) => {
    const isRedirect = chunk.toString("latin1").startsWith("POST /redirect");
    const location = "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/latest/\r\n";
    socket.end(
      `${isRedirect ? location : "HTTP/1.1 200 OK\r\n"}connection: close\r\ncontent-length: 0\r\n\r\n`,
    );
  });
}

async function listenEverywhere(): Promise<void> {
  execFileSync("ip", ["link", "set", "lo", "up"]);
  execFileSync("ip", ["route", "add", "local", "0.0.0.0/0", "dev", "lo"]);
  execFileSync("ip", ["-6", "route", "add", "local", "::/0", "dev", "lo"]);
  for (const port of [80, 443, 9000, 9001]) {
    for (const host of ["0.0.0.0", "::"]) {
      const server = createServer(canary).listen({ port, host, ipv6Only: true }).unref();
      await once(server, "listening");
    }
  }
}

async function visit(
  guard: AddressGuard,
  urls: readonly string[],
  lookup: Lookup = systemLookup,
): Promise<Visit[]> {
  const sender = createSender({ guard, lookup, timeoutMs: 1000, connectTimeoutMs: 500 });
  const visits: Visit[] = [];
  for (const url of urls) {
    touched.length = 0;
    const result = await sender.send({ method: "POST", url, headers: {}, body: "{}" });
    visits.push({ url, ...summaryOf(result), touched: [...touched] });
  }
  await sender.close();
  return visits;
}

function summaryOf({ response, error }: SendResult): Pick<Visit, "outcome" | "message"> {
  return response
    ? { outcome: response.status, message: "" }
    : { outcome: error.class, message: error.message };
}

/** Each call takes the next answer; the last one stays. */
function resolving(...answers: string[][]): Lookup {
  return () => {
    const addresses = (answers.length > 1 ? answers.shift() : answers[0]) ?? [];
    return Promise.resolve(addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })));
  };
}

const strict = createAddressGuard({ allow: [] });
const guardWith = (allow: string) => createAddressGuard({ allow: parseAllowList(allow) });
const publicIpv4 = "93.184.216.34";
const publicIpv6 = "2606:4700::1111";

async function runScenarios(): Promise<Report["scenarios"]> {
  const name = "http://receiver.test/";
  const narrow = guardWith("127.0.0.1:9000,[::1]:9000,10.0.0.0/8:443");
  const neighbours = [
    "http://127.0.0.1:9001/",
    "http://127.0.0.2:9000/",
    "http://[::2]:9000/",
    "http://10.0.0.1/",
  ];
  const open = guardWith("0.0.0.0/0,[::/0]");
  const metadata = [
    "169.254.169.254",
    "[fd00:ec2::254]",
    "100.100.100.200",
    "[64:ff9b::a9fe:a9fe]",
    "168.63.129.16",
  ];
  return {
    public: await visit(strict, [`http://${publicIpv4}/`, `http://[${publicIpv6}]/`, "http://134744072/"]),
    publicName: await visit(strict, [name], resolving([publicIpv4, publicIpv6])),
    privateName: await visit(strict, [name], resolving(["10.0.0.1"])),
    mixedName: await visit(strict, [name, name], resolving([publicIpv4, "10.0.0.1"])),
    mixedNameIpv6: await visit(strict, [name], resolving([publicIpv6, publicIpv4, "::ffff:127.0.0.1"])),
    secureName: await visit(strict, ["https://receiver.test/"], resolving(["127.0.0.1"])),
    rebinding: await visit(strict, [name, name, name], resolving([publicIpv4], ["127.0.0.1"])),
    redirect: await visit(strict, [`http://${publicIpv4}/redirect`]),
    allowed: await visit(narrow, ["http://127.0.0.1:9000/", "http://[::1]:9000/", "http://localhost:9000/"]),
    allowedName: await visit(narrow, ["http://receiver.test:9000/"], resolving(["127.0.0.1"])),
    neighbours: await visit(narrow, neighbours),
    everythingAllowed: await visit(open, ["http://10.0.0.1/", "http://[fc00::1]/"]),
    metadataAllowed: await visit(
      open,
      metadata.map((host) => `http://${host}/`),
    ),
  };
}

await listenEverywhere();
const urlsOf = (hosts: readonly string[]) => hosts.flatMap((host) => [`http://${host}/`, `https://${host}/`]);
const report: Report = {
  guarded: await visit(strict, urlsOf([...refusedHosts, ...unreachableHosts])),
  unguarded: await visit({ findRefusal: () => undefined }, urlsOf(refusedHosts)),
  scenarios: await runScenarios(),
};
process.stdout.write(JSON.stringify(report));
