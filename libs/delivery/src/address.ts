import { isIP } from "node:net";

/** Decides which addresses may be reached. */
export interface AddressGuard {
  /**
   * The rule that refuses an address, such as `127.0.0.1 is loopback (127.0.0.0/8)`; undefined if it may be reached.
   *
   * @param address as a socket or a resolver names it, IPv6 without brackets
   */
  findRefusal(address: string, port: number): string | undefined;
}

/** One entry of the allow list. */
export interface AllowedRange {
  range: Range;
  /** null: every port. */
  port: number | null;
}

interface Address {
  family: 4 | 6;
  value: bigint;
}

interface Range extends Address {
  prefixLength: number;
  text: string;
}

/** Credentials of a whole machine can be had here, so these stay refused even when allowed. */
const metadataRanges = [
  "169.254.169.254/32", // AWS, Google Cloud, Azure, OpenStack, DigitalOcean, Hetzner, Oracle …
  "169.254.170.0/24", // AWS: credentials of containers
  "169.254.0.23/32", // Tencent Cloud
  "169.254.42.42/32", // Scaleway
  "100.100.100.200/32", // Alibaba Cloud
  "168.63.129.16/32", // Azure: agent of the host, a public address
  "192.0.0.192/32", // Oracle Cloud classic
  "fd00:ec2::/32", // AWS
  "fd20:ce::254/128", // Google Cloud
  "fd00:42::42/128", // Scaleway
].map(parseRange);

/** IANA's special-purpose registries; the first match gives the reason. */
const refusedRanges = (
  [
    ["0.0.0.0/8", "this network"],
    ["10.0.0.0/8", "private"],
    ["100.64.0.0/10", "shared by a provider"],
    ["127.0.0.0/8", "loopback"],
    ["169.254.0.0/16", "link-local"],
    ["172.16.0.0/12", "private"],
    ["192.0.0.0/24", "reserved for protocols"],
    ["192.0.2.0/24", "for documentation"],
    ["192.88.99.0/24", "a 6to4 relay"],
    ["192.168.0.0/16", "private"],
    ["198.18.0.0/15", "for benchmarks"],
    ["198.51.100.0/24", "for documentation"],
    ["203.0.113.0/24", "for documentation"],
    ["224.0.0.0/4", "multicast"],
    ["255.255.255.255/32", "broadcast"],
    ["240.0.0.0/4", "reserved"],
    ["::/128", "unspecified"],
    ["::1/128", "loopback"],
    ["::/96", "IPv4-compatible"],
    ["64:ff9b:1::/48", "local NAT64"],
    ["100::/64", "for discarding"],
    ["2001::/32", "Teredo"],
    ["2001:2::/48", "for benchmarks"],
    ["2001::/23", "reserved for protocols"],
    ["2001:db8::/32", "for documentation"],
    ["2002::/16", "6to4"],
    ["3ffe::/16", "no longer assigned"],
    ["3fff::/20", "for documentation"],
    ["5f00::/16", "for segment routing"],
    ["fc00::/7", "private"],
    ["fe80::/10", "link-local"],
    ["fec0::/10", "site-local"],
    ["ff00::/8", "multicast"],
  ] as const
).map(([text, what]) => ({ range: parseRange(text), what }));

const globalUnicast = parseRange("2000::/3");
const nat64 = parseRange("64:ff9b::/96");
const localNat64 = parseRange("64:ff9b:1::/48");
const sixToFour = parseRange("2002::/16");
const teredo = parseRange("2001::/32");
const compatible = parseRange("::/96");

/** @example createAddressGuard({ allow: parseAllowList("127.0.0.1:9000") }).findRefusal("127.0.0.1", 80) */
export function createAddressGuard({ allow }: { allow: readonly AllowedRange[] }): AddressGuard {
  return {
    findRefusal(text, port) {
      const address = parseAddress(text);
      if (address === undefined) return `${text} is not an IP address`;
      const all = [address, ...embeddedAddresses(address)];
      const metadata = metadataRanges.find((range) => all.some((each) => contains(range, each)));
      if (metadata) return `${text} is a cloud metadata address (${metadata.text})`;
      const isAllowed = allow.some(
        (entry) => (entry.port === null || entry.port === port) && contains(entry.range, address),
      );
      return isAllowed ? undefined : findRule(text, address);
    },
  };
}

/**
 * Reads addresses and ranges that deliveries may reach although they are not public: `127.0.0.1:9000`,
 * `10.0.0.0/8:443`, `192.168.0.0/16`, `[::1]:8080`, `[fd00::/8]:443`. Without a port every port is open.
 *
 * @throws RangeError that names every wrong entry
 */
export function parseAllowList(text: string): AllowedRange[] {
  const problems: string[] = [];
  const entries = text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  const allow = entries.flatMap((entry) => {
    const parsed = parseAllowed(entry);
    if (typeof parsed !== "string") return [parsed];
    problems.push(`"${entry}" ${parsed}`);
    return [];
  });
  if (problems.length > 0) throw new RangeError(problems.join("; "));
  return allow;
}

/** An entry, or what is wrong with it. Without brackets `::1:8080` could be an address or one with a port. */
function parseAllowed(entry: string): AllowedRange | string {
  const [, v6, v4, portText] = /^(?:\[([^\]]*)\]|([\d./]*))(?::(\d{1,5}))?$/.exec(entry) ?? [];
  const [addressText = "", lengthText, ...rest] = (v6 ?? v4 ?? "").split("/");
  if (isIP(addressText) !== (v6 === undefined ? 4 : 6) || rest.length > 0 || addressText.includes("%")) {
    return "is not an address or a range such as 10.0.0.0/8:443, 127.0.0.1:9000 or [::1]:8080";
  }
  const address = parseAddress(addressText);
  if (address === undefined) return "is not an address";
  const width = widthOf(address);
  const prefixLength = lengthText === undefined ? width : Number(lengthText);
  if (lengthText !== undefined && (!/^\d{1,3}$/.test(lengthText) || prefixLength > width)) {
    return `has a prefix that is not between 0 and ${width}`;
  }
  const range: Range = { ...address, prefixLength, text: entry };
  if (address.value !== prefixOf(address.value, range) << BigInt(width - prefixLength)) {
    return "has an address that is not the first one of its range";
  }
  const port = portText === undefined ? null : Number(portText);
  return port === 0 || (port ?? 1) > 65_535 ? "has no valid port" : { range, port };
}

function findRule(text: string, address: Address): string | undefined {
  const subject =
    address.family === 4 && text !== formatIpv4(address) ? `${text} (${formatIpv4(address)})` : text;
  const refused = refusedRanges.find(({ range }) => contains(range, address));
  if (refused) return `${subject} is ${refused.what} (${refused.range.text})`;
  if (address.family === 4) return undefined;
  const inner = embeddedAddresses(address)
    .map((each) => findRule(formatIpv4(each), each))
    .find((rule) => rule !== undefined);
  if (inner) return `${text} leads to an address that may not be reached: ${inner}`;
  // Behind a DNS64 resolver the whole IPv4 internet is found in this prefix, so what is inside it decides.
  if (contains(nat64, address) || contains(globalUnicast, address)) return undefined;
  return `${text} is not a public address (outside ${globalUnicast.text})`;
}

/** IPv4 addresses that some gateway on the way would send the packet on to. */
function embeddedAddresses(address: Address): Address[] {
  if (address.family === 4) return [];
  const { value } = address;
  if (contains(sixToFour, address)) return [ipv4(value >> 80n)];
  if (contains(teredo, address)) return [ipv4(value >> 64n), ipv4(~value)];
  const isInLowBits = [nat64, localNat64, compatible].some((range) => contains(range, address));
  return isInLowBits || isIsatap(value) ? [ipv4(value)] : [];
}

/** RFC 5214: the interface identifier is `0:5efe` or `200:5efe`, then the IPv4 address. */
function isIsatap(value: bigint): boolean {
  return ((value >> 32n) & 0xfdff_ffffn) === 0x0000_5efen;
}

function ipv4(value: bigint): Address {
  return { family: 4, value: value & 0xffff_ffffn };
}

function formatIpv4({ value }: Address): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join(".");
}

function contains(range: Range, address: Address): boolean {
  return range.family === address.family && prefixOf(address.value, range) === prefixOf(range.value, range);
}

function prefixOf(value: bigint, range: Range): bigint {
  return value >> BigInt(widthOf(range) - range.prefixLength);
}

function widthOf({ family }: Address): number {
  return family === 4 ? 32 : 128;
}

function parseRange(text: string): Range {
  const [addressText = "", lengthText] = text.split("/");
  const address = parseAddress(addressText);
  if (address === undefined) throw new RangeError(`${text} is not a range`);
  return { ...address, prefixLength: Number(lengthText), text };
}

/** An IPv4-mapped address is the IPv4 address: the kernel connects to that. */
function parseAddress(text: string): Address | undefined {
  const [plain = ""] = text.split("%");
  const family = isIP(plain);
  if (family === 0) return undefined;
  if (family === 4) return { family: 4, value: parseIpv4(plain) };
  const value = parseIpv6(plain);
  return value >> 32n === 0xffffn ? ipv4(value) : { family: 6, value };
}

function parseIpv4(text: string): bigint {
  return text.split(".").reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function parseIpv6(text: string): bigint {
  const hex = text.replace(/[\d.]+\.\d+$/, (tail) => {
    const value = parseIpv4(tail);
    return `${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
  });
  const [head, tail] = hex.split("::").map((part) => part.split(":").filter((group) => group !== ""));
  const left = head ?? [];
  const right = tail ?? [];
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return [...left, ...zeros, ...right].reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}
