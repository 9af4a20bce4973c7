import { describe, expect, it } from "vitest";
import { createAddressGuard, parseAllowList } from "./address.ts";

const closed = createAddressGuard({ allow: [] });
const guardWith = (allow: string) => createAddressGuard({ allow: parseAllowList(allow) });

describe("the address guard", () => {
  it.each([
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2000::1",
    "2001:200::1",
    "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e",
    "2003::1",
  ])("lets the public address %s pass", (address) => {
    expect(closed.findRefusal(address, 443)).toBeUndefined();
  });

  it.each([
    ["0.0.0.0", "0.0.0.0 is this network (0.0.0.0/8)"],
    ["0.1.2.3", "0.1.2.3 is this network (0.0.0.0/8)"],
    ["10.0.0.0", "10.0.0.0 is private (10.0.0.0/8)"],
    ["10.255.255.255", "10.255.255.255 is private (10.0.0.0/8)"],
    ["100.64.0.0", "100.64.0.0 is shared by a provider (100.64.0.0/10)"],
    ["100.127.255.255", "100.127.255.255 is shared by a provider (100.64.0.0/10)"],
    ["127.0.0.1", "127.0.0.1 is loopback (127.0.0.0/8)"],
    ["127.255.255.254", "127.255.255.254 is loopback (127.0.0.0/8)"],
    ["169.254.0.1", "169.254.0.1 is link-local (169.254.0.0/16)"],
    ["172.16.0.0", "172.16.0.0 is private (172.16.0.0/12)"],
    ["172.31.255.255", "172.31.255.255 is private (172.16.0.0/12)"],
    ["192.0.0.8", "192.0.0.8 is reserved for protocols (192.0.0.0/24)"],
    ["192.0.2.1", "192.0.2.1 is for documentation (192.0.2.0/24)"],
    ["192.88.99.1", "192.88.99.1 is a 6to4 relay (192.88.99.0/24)"],
    ["192.168.255.255", "192.168.255.255 is private (192.168.0.0/16)"],
    ["198.18.0.0", "198.18.0.0 is for benchmarks (198.18.0.0/15)"],
    ["198.19.255.255", "198.19.255.255 is for benchmarks (198.18.0.0/15)"],
    ["198.51.100.7", "198.51.100.7 is for documentation (198.51.100.0/24)"],
    ["203.0.113.7", "203.0.113.7 is for documentation (203.0.113.0/24)"],
    ["224.0.0.1", "224.0.0.1 is multicast (224.0.0.0/4)"],
    ["239.255.255.255", "239.255.255.255 is multicast (224.0.0.0/4)"],
    ["240.0.0.1", "240.0.0.1 is reserved (240.0.0.0/4)"],
    ["255.255.255.255", "255.255.255.255 is broadcast (255.255.255.255/32)"],
    ["::", ":: is unspecified (::/128)"],
    ["::1", "::1 is loopback (::1/128)"],
    ["0:0:0:0:0:0:0:1", "0:0:0:0:0:0:0:1 is loopback (::1/128)"],
    ["::7f00:1", "::7f00:1 is IPv4-compatible (::/96)"],
    ["::127.0.0.1", "::127.0.0.1 is IPv4-compatible (::/96)"],
    ["::ffff:127.0.0.1", "::ffff:127.0.0.1 (127.0.0.1) is loopback (127.0.0.0/8)"],
    ["::ffff:7f00:1", "::ffff:7f00:1 (127.0.0.1) is loopback (127.0.0.0/8)"],
    ["::ffff:0:7f00:1", "::ffff:0:7f00:1 is not a public address (outside 2000::/3)"],
    [
      "64:ff9b::7f00:1",
      "64:ff9b::7f00:1 leads to an address that may not be reached: 127.0.0.1 is loopback (127.0.0.0/8)",
    ],
    [
      "64:ff9b::10.0.0.1",
      "64:ff9b::10.0.0.1 leads to an address that may not be reached: 10.0.0.1 is private (10.0.0.0/8)",
    ],
    ["64:ff9b:1::808:808", "64:ff9b:1::808:808 is local NAT64 (64:ff9b:1::/48)"],
    ["100::1", "100::1 is for discarding (100::/64)"],
    ["2001::1", "2001::1 is Teredo (2001::/32)"],
    ["2001:2::1", "2001:2::1 is for benchmarks (2001:2::/48)"],
    ["2001:20::1", "2001:20::1 is reserved for protocols (2001::/23)"],
    ["2001:db8::1", "2001:db8::1 is for documentation (2001:db8::/32)"],
    ["2002:808:808::1", "2002:808:808::1 is 6to4 (2002::/16)"],
    ["3ffe::1", "3ffe::1 is no longer assigned (3ffe::/16)"],
    ["3fff:fff::1", "3fff:fff::1 is for documentation (3fff::/20)"],
    ["4000::1", "4000::1 is not a public address (outside 2000::/3)"],
    ["5f00::1", "5f00::1 is for segment routing (5f00::/16)"],
    ["fc00::1", "fc00::1 is private (fc00::/7)"],
    ["fdff::1", "fdff::1 is private (fc00::/7)"],
    ["fe80::1", "fe80::1 is link-local (fe80::/10)"],
    ["fe80::1%lo", "fe80::1%lo is link-local (fe80::/10)"],
    ["fec0::1", "fec0::1 is site-local (fec0::/10)"],
    ["ff02::1", "ff02::1 is multicast (ff00::/8)"],
    [
      "2606:4700::5efe:a00:1",
      "2606:4700::5efe:a00:1 leads to an address that may not be reached: 10.0.0.1 is private (10.0.0.0/8)",
    ],
    [
      "2606:4700::200:5efe:10.0.0.1",
      "2606:4700::200:5efe:10.0.0.1 leads to an address that may not be reached: 10.0.0.1 is private (10.0.0.0/8)",
    ],
    ["", " is not an IP address"],
    ["localhost", "localhost is not an IP address"],
  ])("refuses %s and names the rule", (address, rule) => {
    expect(closed.findRefusal(address, 443)).toBe(rule);
  });

  it.each([
    "169.254.169.254",
    "169.254.170.2",
    "169.254.170.23",
    "169.254.0.23",
    "169.254.42.42",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "fd20:ce::254",
    "fd00:42::42",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "::a9fe:a9fe",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "2001:0:a9fe:a9fe::1",
    "2001:0:808:808:0:0:5601:5601",
    "2606:4700::5efe:a9fe:a9fe",
  ])("refuses the cloud metadata address %s even when everything is allowed", (address) => {
    const open = guardWith("0.0.0.0/0,[::/0]");
    expect(open.findRefusal(address, 80)).toContain("is a cloud metadata address");
    expect(closed.findRefusal(address, 80)).toContain("is a cloud metadata address");
  });
});

describe("the allow list", () => {
  it("opens an address with its port and nothing else", () => {
    const guard = guardWith("127.0.0.1:9000");
    expect(guard.findRefusal("127.0.0.1", 9000)).toBeUndefined();
    expect(guard.findRefusal("::ffff:127.0.0.1", 9000)).toBeUndefined();
    for (const [address, port] of [
      ["127.0.0.1", 9001],
      ["127.0.0.1", 80],
      ["127.0.0.2", 9000],
      ["::1", 9000],
      ["64:ff9b::7f00:1", 9000],
    ] as const) {
      expect(guard.findRefusal(address, port)).toBeDefined();
    }
  });

  it("opens ranges, with or without a port, in both families", () => {
    const guard = guardWith(" 10.0.0.0/8:443, 192.168.1.0/24 ,[::1]:8080,[fd12::/16]:443,[fe80::1], ");
    const reached = [
      ["10.255.0.1", 443],
      ["192.168.1.255", 1],
      ["::1", 8080],
      ["fd12:3456::1", 443],
      ["fe80::1", 22],
    ] as const;
    for (const [address, port] of reached) expect(guard.findRefusal(address, port)).toBeUndefined();
    const refused = [
      ["10.255.0.1", 80],
      ["192.168.2.1", 1],
      ["::1", 80],
      ["fd13::1", 443],
      ["fe80::2", 22],
    ] as const;
    for (const [address, port] of refused) expect(guard.findRefusal(address, port)).toBeDefined();
  });

  it("is empty for an empty text", () => {
    expect(parseAllowList(" , ")).toEqual([]);
  });

  it("names every wrong entry at once", () => {
    const wrong = [
      "localhost:9000",
      "127.0.0.1:0",
      "127.0.0.1:65536",
      "10.0.0.0/33",
      "10.0.0.0/",
      "10.1.2.3/8",
      "10.0.0.0/8/8",
      "::1",
      "::1:8080",
      "[::1%lo]",
      "[127.0.0.1]",
      "[fd00::1/8]:443",
      "[::/129]",
      "*",
      "127.1",
      "127.0.0.1:",
    ];
    const parse = () => parseAllowList(["127.0.0.1:9000", ...wrong].join(","));
    expect(parse).toThrow(RangeError);
    for (const entry of wrong) expect(parse).toThrow(`"${entry}" `);
    expect(parse).not.toThrow('"127.0.0.1:9000"');
  });
});
