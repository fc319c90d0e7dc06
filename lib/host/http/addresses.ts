/**
 * Which IP addresses are private: those that lead to the machine itself, to its own network, or nowhere that a public
 * server could be. Never looks a name up.
 *
 * Source: the special-purpose registries of IANA for IPv4 and IPv6 (RFC 6890 and its updates).
 */

const V4_BITS = 32n, V6_BITS = 128n;

const LOOPBACK_V4 = ["127.0.0.0/8"];
const LOOPBACK_V6 = ["::1/128"];

const PRIVATE_V4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
];

const PRIVATE_V6 = [
  "::/128",
  "::1/128",
  "64:ff9b:1::/48",
  "100::/64",
  "2001::/32",
  "2001:db8::/32",
  "3fff::/20",
  "fc00::/7",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
];

/** Ranges whose addresses hold an IPv4 address, with how many bits stand behind it. */
const EMBEDDING: readonly (readonly [range: string, behind: bigint])[] = [
  ["::/96", 0n],
  ["::ffff:0:0/96", 0n],
  ["64:ff9b::/96", 0n],
  ["2002::/16", 80n],
];

interface Address {
  readonly bits: bigint;
  readonly value: bigint;
}

type Range = (address: Address) => boolean;

const isLoopbackV4 = anyOf(LOOPBACK_V4), isLoopbackV6 = anyOf(LOOPBACK_V6);
const isPrivateV4 = anyOf(PRIVATE_V4), isPrivateV6 = anyOf(PRIVATE_V6);
const EMBEDDED = EMBEDDING.map(([range, behind]) => ({ isIn: rangeOf(range), behind }));

/** Whether an address is private. A text that is no address counts as one: nobody can tell where it leads. */
export function isPrivateAddress(text: string): boolean {
  return isIn(text, isPrivateV4, isPrivateV6) ?? true;
}

/** Whether an address is the machine itself. */
export function isLoopbackAddress(text: string): boolean {
  return isIn(text, isLoopbackV4, isLoopbackV6) ?? false;
}

/** The address that the host of a URL spells out, without brackets, or undefined for a name. */
export function literalAddress(hostname: string): string | undefined {
  const text = hostname.replace(/^\[|\]$/g, "");
  return addressOf(text) === undefined ? undefined : text;
}

function isIn(text: string, v4: Range, v6: Range): boolean | undefined {
  const address = addressOf(text);
  if (address === undefined) return undefined;
  if (address.bits === V4_BITS) return v4(address);
  return v6(address) ||
    EMBEDDED.some(({ isIn, behind }) =>
      isIn(address) && v4({ bits: V4_BITS, value: (address.value >> behind) & 0xffff_ffffn })
    );
}

function anyOf(texts: readonly string[]): Range {
  const ranges = texts.map(rangeOf);
  return (address) => ranges.some((range) => range(address));
}

function rangeOf(text: string): Range {
  const [start = "", length = ""] = text.split("/");
  const first = addressOf(start);
  if (first === undefined) throw new RangeError(`"${text}" is no range of addresses`);
  const rest = first.bits - BigInt(length);
  return ({ bits, value }) => bits === first.bits && value >> rest === first.value >> rest;
}

function addressOf(text: string): Address | undefined {
  const [plain = ""] = text.split("%");
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(plain)) {
    const parts = plain.split(".").map(Number);
    return parts.some((part) => part > 255) ? undefined : { bits: V4_BITS, value: joined(parts, 8n) };
  }
  if (!plain.includes(":")) return undefined;
  // URLs bring every spelling into one form: hexadecimal groups, the longest row of zeros left out.
  const hostname = URL.parse(`http://[${plain}]/`)?.hostname;
  if (hostname === undefined) return undefined;
  const [head = "", tail] = hostname.slice(1, -1).split("::");
  const before = groups(head), after = groups(tail ?? "");
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return { bits: V6_BITS, value: joined([...before, ...zeros, ...after], 16n) };
}

function groups(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => parseInt(group, 16));
}

function joined(parts: readonly number[], bits: bigint): bigint {
  return parts.reduce((value, part) => value << bits | BigInt(part), 0n);
}
