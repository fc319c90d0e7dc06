import { assertEquals } from "@std/assert";
import { isLoopbackAddress, isPrivateAddress, literalAddress } from "../../../lib/host/http/addresses.ts";

Deno.test("isPrivateAddress() knows the first and the last address of each range, and their neighbours", async (t) => {
  const ranges: [before: string, first: string, last: string, after: string][] = [
    ["", "0.0.0.0", "0.255.255.255", "1.0.0.0"],
    ["9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"],
    ["100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"],
    ["126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"],
    ["169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"],
    ["172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"],
    ["191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"],
    ["192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"],
    ["192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"],
    ["198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"],
    ["198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"],
    ["203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"],
    ["223.255.255.255", "224.0.0.0", "255.255.255.255", ""],
    ["fbff:ffff::1", "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe00::"],
    ["fe7f::1", "fe80::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""],
    ["2001:db7:ffff::1", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"],
    ["2000:ffff::1", "2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "2001:1::"],
    ["3ffe:ffff::1", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"],
    ["", "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""],
  ];
  for (const [before, first, last, after] of ranges) {
    await t.step(`${first} to ${last}`, () => {
      assertEquals([first, last].map(isPrivateAddress), [true, true]);
      const outside = [before, after].filter((address) => address !== "");
      assertEquals(outside.filter(isPrivateAddress), []);
    });
  }
});

Deno.test("isPrivateAddress() looks at the IPv4 address that an IPv6 address holds", async (t) => {
  const cases: [string, boolean][] = [
    ["::", true],
    ["::1", true],
    ["::127.0.0.1", true],
    ["::8.8.8.8", false],
    ["::ffff:127.0.0.1", true],
    ["::ffff:a00:1", true],
    ["::ffff:8.8.8.8", false],
    ["64:ff9b::169.254.169.254", true],
    ["64:ff9b::8.8.8.8", false],
    ["64:ff9b:1::8.8.8.8", true],
    ["2002:7f00:1::", true],
    ["2002:c0a8:101:1:2:3:4:5", true],
    ["2002:808:808::1", false],
    ["2606:4700::6810:84e5", false],
  ];
  for (const [address, expected] of cases) {
    await t.step(address, () => assertEquals(isPrivateAddress(address), expected));
  }
});

Deno.test("isPrivateAddress() takes what is no address for private", () => {
  for (const text of ["", "example.com", "256.1.1.1", "1.2.3", "1:2", "g::1"]) {
    assertEquals(isPrivateAddress(text), true, text);
  }
  assertEquals(isPrivateAddress("fe80::1%eth0"), true);
  assertEquals(isPrivateAddress("2606:4700::1%eth0"), false);
});

Deno.test("isLoopbackAddress() is true for the machine itself alone", () => {
  assertEquals(["127.0.0.1", "127.9.9.9", "::1"].map(isLoopbackAddress), [true, true, true]);
  assertEquals(["10.0.0.1", "0.0.0.0", "::", "::2", "localhost", ""].filter(isLoopbackAddress), []);
});

Deno.test("literalAddress() tells the address that the host of a URL spells, however it was spelled", async (t) => {
  const cases: [string, string | undefined][] = [
    ["http://127.0.0.1/", "127.0.0.1"],
    ["http://2130706433/", "127.0.0.1"],
    ["http://0x7f.1/", "127.0.0.1"],
    ["http://017700000001/", "127.0.0.1"],
    ["http://[::FFFF:127.0.0.1]/", "::ffff:7f00:1"],
    ["http://[::1]:8080/", "::1"],
    ["http://example.com/", undefined],
    ["http://127.0.0.1.example.com/", undefined],
  ];
  for (const [url, expected] of cases) {
    await t.step(url, () => assertEquals(literalAddress(new URL(url).hostname), expected));
  }
});
