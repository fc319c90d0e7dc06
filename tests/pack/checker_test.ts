import { assertEquals } from "@std/assert";
import { crc32 } from "node:zlib";
import { checkPack } from "./_checker.ts";

/** The parts of an archive in their order; a local extra field is written where one is given. */
type Part = { name: string; data: Uint8Array; extra?: Uint8Array };

const LEGACY = await load("demo-legacy");
const LEGACY_UNSIGNED = await load("demo-legacy-unsigned");
const NEW = await load("demo");
const NEW_UNSIGNED = await load("demo-unsigned");
const WASM = "components/greet.wasm";
const LEGACY_WASM = "components/echo@0.1.0/component.wasm";

Deno.test("checkPack() finds no fault in the committed legacy packs", async () => {
  for (const archive of [LEGACY, LEGACY_UNSIGNED]) {
    const report = await checkPack(archive);
    assertEquals(report.faults, []);
    assertEquals(report.layout, "legacy");
    assertEquals(report.signature !== null, archive === LEGACY);
  }
});

Deno.test("checkPack() names the layout and the signature of the committed new packs", async () => {
  for (const archive of [NEW, NEW_UNSIGNED]) {
    const report = await checkPack(archive);
    assertEquals(report.layout, "new");
    assertEquals(report.signature !== null, archive === NEW);
  }
});

Deno.test("checkPack() sees the bytes that zip() of these tests writes as the same archive", async () => {
  for (const archive of [LEGACY, NEW]) assertEquals(zip(await partsOf(archive)), archive);
});

Deno.test("checkPack() finds what is wrong with the container", async (t) => {
  const entry = `entry ${LEGACY_WASM}`;
  await finds(t, "a wrong mode", LEGACY, patch(LEGACY, 38, "01000000"), [
    `${entry}: external attributes are 0x1, not 0x81a40000`,
  ]);
  await finds(t, "a made-by of an older library", LEGACY, patch(LEGACY, 4, "2e03"), [
    `${entry}: made-by is 0x032e, not 0x030a`,
  ]);
  await finds(t, "a time that only the directory has", LEGACY, patch(LEGACY, 12, "01"), [
    `${entry}: the time is not 1980-01-01 00:00`,
    `${entry}: the local header and the central directory disagree`,
  ]);
  await finds(t, "a flag that does not belong there", LEGACY, patch(LEGACY, 8, "0008"), [
    `${entry}: flags are 0x800`,
    `${entry}: the local header and the central directory disagree`,
  ]);
  const flipped = LEGACY.slice();
  flipped[30 + LEGACY_WASM.length + 100]! ^= 1;
  await finds(t, "a flipped content bit", LEGACY, flipped, [
    `${entry}: its CRC-32 does not match`,
    "component echo@0.1.0: hash_blake3 does not match",
    `sbom.json: the hash of ${LEGACY_WASM} does not match`,
  ]);
  await finds(t, "a byte after the end", LEGACY, Uint8Array.of(...LEGACY, 0), [
    "there are bytes or a comment after the archive's end",
  ]);
  const parts = await partsOf(LEGACY);
  const padded = parts.map((part, i) => i === 0 ? { ...part, extra: Uint8Array.of(1, 0, 0, 0) } : part);
  await finds(t, "an extra field", LEGACY, zip(padded), [
    `${entry}: has an extra field in the local header`,
    `${entry}: the local header and the central directory disagree`,
  ]);
  await finds(t, "a wrong order", LEGACY, zip([parts[1]!, parts[0]!, ...parts.slice(2)]), [
    "the entries are not sorted by path",
  ]);
  await finds(t, "the same entry twice", LEGACY, zip([parts[0]!, ...parts]), [
    `${entry}: occurs twice`,
    "the entries are not sorted by path",
  ]);
  const outside = { name: "zone/../../x", data: new Uint8Array() };
  await finds(t, "a path that leaves the archive", LEGACY, zip([...parts, outside]), [
    "entry zone/../../x: its path is not safe and plain",
    "sbom.json does not list zone/../../x",
  ]);
});

Deno.test("checkPack() finds what is wrong with the inventory and the signature", async (t) => {
  await findsAfter(t, "a removed line", LEGACY_UNSIGNED, "sbom.json", dropLastSbomLine, [
    "sbom.json does not list provenance.json",
  ]);
  await findsAfter(t, "a removed line under a signature", LEGACY, "sbom.json", dropLastSbomLine, [
    "sbom.json does not list provenance.json",
    "the signature digest does not match",
    "the signature does not verify",
  ]);
  await findsAfter(
    t,
    "a wrong size",
    LEGACY_UNSIGNED,
    "sbom.json",
    replacing(/"size": 5259/, '"size": 5258'),
    [
      `sbom.json: the size of ${LEGACY_WASM} does not match`,
    ],
  );
  await findsAfter(
    t,
    "a wrong type",
    LEGACY_UNSIGNED,
    "sbom.json",
    replacing("application/wasm", "text/plain"),
    [
      `sbom.json: the media type of components/greet@0.1.0/component.wasm is not application/wasm`,
    ],
  );
  await findsAfter(t, "loose JSON", LEGACY_UNSIGNED, "sbom.json", replacing(/$/, "\n"), [
    "sbom.json is not pretty JSON",
  ]);
  const otherLetter = (letter: string) => letter === "A" ? "B" : "A";
  for (const archive of [LEGACY, NEW]) {
    const swap = (source: string) => source.replace(/(?<="sig": ")./, otherLetter);
    await findsAfter(t, "a changed signature", archive, "signatures/pack.sig", swap, [
      "the signature does not verify",
    ]);
    const redigest = (source: string) => source.replace(/(?<="digest": ").{8}/, "00000000");
    await findsAfter(t, "a changed digest", archive, "signatures/pack.sig", redigest, [
      "the signature digest does not match",
    ]);
    const refinger = (source: string) => source.replace(/(?<="key_fingerprint": ").{8}/, "00000000");
    await findsAfter(t, "a changed fingerprint", archive, "signatures/pack.sig", refinger, [
      "the key fingerprint does not match",
    ]);
    const alone = (await partsOf(archive)).filter(({ name }) => name !== "signatures/chain.pem");
    await finds(t, "a missing chain", archive, zip(alone), [
      "the signature files are incomplete: there is only signatures/pack.sig",
    ]);
  }
});

Deno.test("checkPack() finds what is wrong with a legacy manifest", async (t) => {
  await findsAfter(t, "a twin that differs", LEGACY_UNSIGNED, "manifest.json", replacing("0.1.0", "0.1.1"), [
    "manifest.json does not equal manifest.cbor",
    "sbom.json: the hash of manifest.json does not match",
  ]);
  await findsAfter(t, "a wrong type", LEGACY_UNSIGNED, "manifest.cbor", replacing("0.1.0", "v.1.0"), [
    "manifest.meta.version is not of type semver",
    "manifest.json does not equal manifest.cbor",
    "sbom.json: the hash of manifest.cbor does not match",
  ]);
  await findsAfter(t, "a trailing byte", LEGACY_UNSIGNED, "manifest.cbor", replacing(/$/, "\0"), [
    "manifest.cbor is not canonical: trailing bytes at /",
    "sbom.json: the hash of manifest.cbor does not match",
    "sbom.json: the size of manifest.cbor does not match",
  ]);
});

Deno.test("checkPack() finds what is wrong with a new pack", async (t) => {
  const sbom = ["sbom.cbor: the hash of manifest.cbor does not match"];
  const resized = [...sbom, "sbom.cbor: the size of manifest.cbor does not match"];
  const indefinite = (source: string) => `\xbf${source.slice(1)}\xff`;
  await findsAfter(t, "an indefinite map", NEW_UNSIGNED, "manifest.cbor", indefinite, [
    "manifest.cbor is not canonical: indefinite length at /",
    ...resized,
  ]);
  const long = (source: string) => `\xb8${String.fromCharCode(source.charCodeAt(0) & 31)}${source.slice(1)}`;
  await findsAfter(t, "a long head", NEW_UNSIGNED, "manifest.cbor", long, [
    "manifest.cbor is not canonical: long head at /",
    ...resized,
  ]);
  await findsAfter(t, "a self-describe tag", NEW_UNSIGNED, "manifest.cbor", replacing(/^/, "\xd9\xd9\xf7"), [
    "manifest.cbor begins with a self-describe tag",
    ...resized,
  ]);
  await findsAfter(t, "a wrong kind", NEW_UNSIGNED, "manifest.cbor", replacing("messaging", "massaging"), [
    "manifest.flows[0].kind is not of type flowKind",
    ...sbom,
  ]);
  await findsAfter(t, "a wrong key", NEW_UNSIGNED, "manifest.cbor", replacing("publisher", "publishes"), [
    "manifest has the unknown key publishes",
    "manifest.publisher is missing",
    ...sbom,
  ]);
  await findsAfter(t, "a wrong index", NEW_UNSIGNED, "manifest.cbor", replacing("pack_id\0", "pack_id\x07"), [
    "manifest.pack_id is not an index into pack_ids",
    "the symbol demo in pack_ids is not used",
    ...sbom,
  ]);
  await findsAfter(t, "a wrong routing", NEW_UNSIGNED, "manifest.cbor", replacing("cEnd", "cFin"), [
    "manifest.flows[0].flow.nodes[3].routing is not a routing",
    ...sbom,
  ]);
  const cut = (source: string) => source.slice(0, -1);
  await findsAfter(
    t,
    "a cut manifest of a component",
    NEW_UNSIGNED,
    "components/greet.manifest.cbor",
    cut,
    [
      "components/greet.manifest.cbor cannot be decoded: the data ends early",
      "sbom.cbor: the hash of components/greet.manifest.cbor does not match",
      "sbom.cbor: the size of components/greet.manifest.cbor does not match",
    ],
  );
  const parts = await partsOf(NEW_UNSIGNED), last = parts.at(-1)!;
  await finds(t, "a missing component", NEW_UNSIGNED, zip(parts.filter(({ name }) => name !== WASM)), [
    `${WASM} is missing from the archive`,
    `sbom.cbor lists the missing file ${WASM}`,
  ]);
  await finds(
    t,
    "an unlisted file",
    NEW_UNSIGNED,
    zip([...parts.slice(0, -1), { ...last, name: "x" }, last]),
    [
      "sbom.cbor does not list x",
    ],
  );
  await finds(t, "an inventory that is not last", NEW_UNSIGNED, zip([last, ...parts.slice(0, -1)]), [
    "entry 0 should be manifest.cbor, not sbom.cbor",
  ]);
  const signed = await partsOf(NEW);
  await finds(
    t,
    "signature files that are not last",
    NEW,
    zip([...signed.slice(-2), ...signed.slice(0, -2)]),
    [
      "the signature files are not the last entries",
    ],
  );
});

/** Checks a broken archive and compares the faults that the sound one does not have. */
async function finds(
  t: Deno.TestContext,
  name: string,
  sound: Uint8Array,
  broken: Uint8Array,
  faults: string[],
): Promise<void> {
  await t.step(name, async () => {
    const known = (await checkPack(sound)).faults;
    assertEquals((await checkPack(broken)).faults.filter((fault) => !known.includes(fault)), faults);
  });
}

/** Edits one file of an archive, as a text of one character per byte, and checks the result. */
async function findsAfter(
  t: Deno.TestContext,
  name: string,
  sound: Uint8Array,
  file: string,
  edit: (source: string) => string,
  faults: string[],
): Promise<void> {
  const parts = (await partsOf(sound)).map((part) => {
    return part.name === file ? { name: file, data: bytesOf(edit(textOf(part.data))) } : part;
  });
  await finds(t, `${name} in ${file}`, sound, zip(parts), faults);
}

function replacing(what: string | RegExp, by: string): (source: string) => string {
  return (source) => source.replace(what, by);
}

function dropLastSbomLine(source: string): string {
  const sbom = JSON.parse(source);
  sbom.files.pop();
  return JSON.stringify(sbom, null, 2);
}

function load(name: string): Promise<Uint8Array> {
  return Deno.readFile(new URL(`../../fixtures/packs/${name}.gtpack`, import.meta.url));
}

async function partsOf(archive: Uint8Array): Promise<Part[]> {
  return Array.from((await checkPack(archive)).files, ([name, data]) => ({ name, data }));
}

function textOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** Overwrites bytes of the first record of the central directory. */
function patch(archive: Uint8Array, at: number, hex: string): Uint8Array {
  const copy = archive.slice();
  const directory = new DataView(copy.buffer).getUint32(copy.length - 6, true);
  copy.set(hex.match(/../g)!.map((pair) => parseInt(pair, 16)), directory + at);
  return copy;
}

/** Writes an archive with the strict settings of the format. */
function zip(parts: Part[]): Uint8Array {
  const locals: number[] = [], records: number[] = [];
  for (const { name, data, extra = new Uint8Array() } of parts) {
    const shared = [...le16(10, 0, 0, 0, 33), ...le32(crc32(data), data.length, data.length)];
    records.push(...le32(0x02014b50), ...le16(0x030a), ...shared, ...le16(name.length, 0, 0, 0, 0));
    records.push(...le32(0x81a40000, locals.length), ...bytesOf(name));
    locals.push(...le32(0x04034b50), ...shared, ...le16(name.length, extra.length));
    for (const bytes of [bytesOf(name), extra, data]) for (const byte of bytes) locals.push(byte);
  }
  const end = [...le32(0x06054b50), ...le16(0, 0, parts.length, parts.length)];
  return Uint8Array.from([...locals, ...records, ...end, ...le32(records.length, locals.length), ...le16(0)]);
}

function le16(...numbers: number[]): number[] {
  return numbers.flatMap((number) => [number & 255, number >>> 8]);
}

function le32(...numbers: number[]): number[] {
  return numbers.flatMap((number) => le16(number & 0xffff, number >>> 16));
}
