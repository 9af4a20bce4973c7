/** Addresses that nobody may make a sidecar connect to: the edges and a middle of every block that is refused. */
const refusedIpv4 = [
  "0.0.0.0",
  "0.1.2.3",
  "10.0.0.1",
  "10.255.255.254",
  "100.64.0.1",
  "100.127.255.254",
  "127.0.0.1",
  "127.255.255.254",
  "169.254.1.1",
  "172.16.0.1",
  "172.31.255.254",
  "192.0.0.8",
  "192.0.2.1",
  "192.88.99.1",
  "192.168.0.1",
  "192.168.255.254",
  "198.18.0.1",
  "198.19.255.254",
  "198.51.100.1",
  "203.0.113.1",
  "240.0.0.1",
] as const;

/** Where clouds hand out the credentials of a machine; refused whatever is allowed. */
export const metadataIpv4 = [
  "169.254.169.254",
  "169.254.170.2",
  "100.100.100.200",
  "168.63.129.16",
  "192.0.0.192",
] as const;

const refusedIpv6 = [
  "::",
  "::1",
  "0:0:0:0:0:0:0:1",
  "0000:0000:0000:0000:0000:0000:0000:0001",
  "100::1",
  "2001::1",
  "2001:0:7f00:1::1",
  "2001:2::1",
  "2001:10::1",
  "2001:db8::1",
  "2002:7f00:1::1",
  "2002:a00:1::",
  "3ffe::1",
  "3fff::1",
  "4000::1",
  "5f00::1",
  "64:ff9b:1::1",
  "e000::1",
  "fc00::1",
  "fd00::1",
  "FD12:3456:789A::1",
  "fec0::1",
  "2606:4700::5efe:7f00:1",
  "2606:4700::200:5efe:a00:1",
] as const;

export const metadataIpv6 = ["fd00:ec2::254", "fd20:ce::254", "fd00:42::42"] as const;

/** The same address in the ways a URL may write it, and in the IPv6 addresses some gateway takes it out of. */
const spellings: readonly ((address: string) => string)[] = [
  (address) => address,
  (address) => `${address}.`,
  (address) => String(numberOf(address)),
  (address) => `0x${numberOf(address).toString(16)}`,
  (address) => `0${numberOf(address).toString(8)}`,
  (address) => partsOf(address, (part) => `0x${part.toString(16)}`),
  (address) => partsOf(address, (part) => `0${part.toString(8)}`),
  (address) => shortened(address),
  (address) => `8.8.8.8@${address}`,
  (address) => `[::ffff:${address}]`,
  (address) => `[::${address}]`,
  (address) => `[64:ff9b::${address}]`,
  (address) => `[2002:${hexOf(address)}::1]`,
];

/** Ways that are about the writing and not about the address. */
const oddLoopback = [
  "localhost",
  "LOCALHOST",
  "127.1",
  "127.0.1",
  "0",
  "①②⑦.⓪.⓪.①",
  "１２７.０.０.１",
  "127。0。0。1",
  "%31%32%37.0.0.1",
  "127.0.0.1#@8.8.8.8",
  "127.0.0.1\\@8.8.8.8",
  "127.0.0.1?@8.8.8.8",
  "8.8.8.8:80@127.0.0.1",
  "[::FFFF:7F00:1]",
  "[::ffff:0:127.0.0.1]",
] as const;

/** No URL of any host, or one the kernel would not connect to: no canary can tell, but nobody may reach them either. */
export const unreachableHosts = [
  "224.0.0.1",
  "239.1.1.1",
  "255.255.255.255",
  "[fe80::1]",
  "[ff02::1]",
  "[ff0e::1]",
] as const;

/** Hosts of URLs that lead to what is refused, each a different text. */
export function buildRefusedHosts(): string[] {
  const ipv4 = refusedIpv4.flatMap((address) => spellings.map((spell) => spell(address)));
  return [...new Set([...ipv4, ...refusedIpv6.map((address) => `[${address}]`), ...oddLoopback])];
}

/** Hosts that lead to cloud metadata. */
export function buildMetadataHosts(): string[] {
  const ipv4 = metadataIpv4.flatMap((address) => spellings.map((spell) => spell(address)));
  return [...new Set([...ipv4, ...metadataIpv6.map((address) => `[${address}]`)])];
}

function numberOf(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

function partsOf(address: string, write: (part: number) => string): string {
  return address
    .split(".")
    .map((part) => write(Number(part)))
    .join(".");
}

/** `192.168.257` is 192.168.1.1. */
function shortened(address: string): string {
  return `${address.split(".").slice(0, 2).join(".")}.${numberOf(address) % 65_536}`;
}

function hexOf(address: string): string {
  const hex = numberOf(address).toString(16).padStart(8, "0");
  return `${hex.slice(0, 4)}:${hex.slice(4)}`;
}
