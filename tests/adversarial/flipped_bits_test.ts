/** One flipped bit in any entry of a fixture pack, or anywhere in the archive itself. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import { type OpenOptions, openPack } from "../../lib/pack/open.ts";
import { pemBlocks } from "../../lib/pack/pem.ts";
import { PackRefused } from "../../lib/pack/verify.ts";
import { writeZip } from "../../lib/pack/zip.ts";
import { filesOf, packPath } from "../_helpers.ts";
import { DEVOK, must, STRICT, UTF8 } from "../pack/_packs.ts";
import { seeded } from "./_mutate.ts";

const PACKS = ["demo.gtpack", "demo-legacy.gtpack", "demo-unsigned.gtpack"];
/** Bits that are flipped in each entry, and in each archive. */
const FLIPS = 40, ARCHIVE_FLIPS = 1500;
const SIG = "signatures/pack.sig", PEM = "signatures/chain.pem";
const SBOMS = ["sbom.cbor", "sbom.json"];

/** Bytes in which a flipped bit is not refused: where they begin and end, and the one bit of them, if it is only one. */
type Mute = readonly [start: number, end: number, bit?: number];

const MEDIA_TYPES = /application\/(?:cbor|wasm|json|yaml|octet-stream)/g, HEX = /[0-9a-f]{64}/g;
const DATE_DIGITS = /(?<="signed_at_utc": "[^"]*)[\dTZ]/g;
/** The bit by which a capital letter differs. */
const CASE_BIT = 5;

/** Where a flipped bit changes nothing that anybody relies on, by entry. */
const MUTE: readonly { entry: string; texts: RegExp; bit?: number; unsigned?: true; why: string }[] = [
  { entry: SIG, texts: DATE_DIGITS, why: "no signature covers when it was made, as long as it is a date" },
  {
    entry: SIG,
    texts: /key_fingerprint/g,
    why: "a field that nobody knows takes the place of an optional one",
  },
  { entry: SIG, texts: HEX, bit: CASE_BIT, why: "hex may be in capitals" },
  { entry: SIG, texts: /ed(?=25519)/g, bit: CASE_BIT, why: "the algorithm may be in capitals" },
  ...SBOMS.flatMap((entry) => [
    { entry, texts: MEDIA_TYPES, unsigned: true, why: "media types are not compared" } as const,
    { entry, texts: HEX, bit: CASE_BIT, unsigned: true, why: "hex may be in capitals" } as const,
  ]),
];

function isMute(mute: readonly Mute[], bit: number): boolean {
  const at = bit >> 3;
  return mute.some(([start, end, only]) =>
    start <= at && at < end && (only === undefined || only === (bit & 7))
  );
}

function muteIn(entry: string, bytes: Uint8Array, signed: boolean): Mute[] {
  if (entry === PEM) return muteInChain(bytes);
  const text = new TextDecoder("latin1").decode(bytes);
  const rules = MUTE.filter((rule) => rule.entry === entry && !(signed && rule.unsigned));
  return rules.flatMap(({ texts, bit }) =>
    Array.from(text.matchAll(texts), ({ 0: { length }, index }): Mute => [index, index + length, bit])
  );
}

/** The parts of a certificate that nothing depends on once its key is trusted: whose it is and who issued it. */
function muteInChain(pem: Uint8Array): Mute[] {
  const text = new TextDecoder().decode(pem);
  const [block] = must(pemBlocks(text));
  const der = must(block).der, latin = new TextDecoder("latin1").decode(der);
  const names = Array.from(
    latin.matchAll(/1.0.\p{Cc}{2}U\p{Cc}{4}greentic-dev-local/gsu),
    ({ 0: { length }, index }) => {
      return [index - 2, index + length];
    },
  );
  const start = text.indexOf("\n") + 1;
  const inText = (byte: number) => {
    const character = Math.floor(byte * 4 / 3);
    return start + character + Math.floor(character / 64);
  };
  return names.map(([from = 0, to = 0]): Mute => [inText(from), inText(to) + 1]);
}

async function optionsOf(path: string): Promise<{ signed: boolean; policies: readonly OpenOptions[] }> {
  const { verification } = await openPack(path, DEVOK);
  const reason = verification.verdicts.find(({ check }) => check === "trust")?.reason ?? "";
  const [fingerprint] = /[0-9a-f]{64}/.exec(reason) ?? [];
  const trust = fingerprint === undefined ? [] : [fingerprint];
  return { signed: fingerprint !== undefined, policies: [DEVOK, { ...STRICT, trust }] };
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice(), at = bit >> 3;
  copy[at] = must(copy[at]) ^ 1 << (bit & 7);
  return copy;
}

Deno.test("openPack() refuses one flipped bit in any entry under both policies, naming the entry", async (t) => {
  const random = seeded(1);
  for (const pack of PACKS) {
    const files = await filesOf(packPath(pack)), { signed, policies } = await optionsOf(packPath(pack));
    for (const [name, bytes] of files) {
      await t.step(`${pack}: ${name}`, async () => {
        const mute = muteIn(name, bytes, signed);
        for (let i = 0; i < FLIPS; i++) {
          const bit = random(bytes.length * 8);
          if (isMute(mute, bit)) continue;
          const archive = await writeZip(new Map([...files, [name, flipped(bytes, bit)]]));
          for (const options of policies) await assertNamed(archive, options, { name, bit });
        }
      });
    }
  }
});

/** Checks that a pack is refused by the inventory, or, where the inventory is at fault, by verification. */
async function assertNamed(
  archive: Uint8Array,
  options: OpenOptions,
  { name, bit }: { name: string; bit: number },
): Promise<void> {
  const where = `bit ${bit} of "${name}" under ${options.policy}`;
  const error: PackRefused = await assertRejects(() => openPack(archive, options), PackRefused, "", where);
  const listed = !SBOMS.includes(name) && name !== SIG && name !== PEM;
  if (listed) assertEquals([error.code, error.place], ["verify.digest", name], where);
  else assert(error.code.startsWith("verify."), `${where}: ${error.code}`);
  // Not the policy alone: something is told to be broken.
  assert(error.verdicts.some(({ verdict }) => verdict === "mismatch"), where);
}

Deno.test("openPack() hands out the same files or none when a bit of the archive itself is flipped", async (t) => {
  const random = seeded(2);
  for (const pack of PACKS) {
    await t.step(pack, async () => {
      const archive = await Deno.readFile(packPath(pack)), files = await filesOf(packPath(pack));
      const { policies: [, strict = STRICT], signed } = await optionsOf(packPath(pack));
      for (let i = 0; i < ARCHIVE_FLIPS; i++) {
        const bit = random(archive.length * 8);
        const opened = await openPack(flipped(archive, bit), signed ? strict : DEVOK).catch((
          error: unknown,
        ) => error);
        if (opened instanceof RunnerError) {
          assert(/^(?:pack|manifest|verify)\./.test(opened.code), `bit ${bit}: ${opened.code}`);
          continue;
        }
        // Dates, versions and attributes mean nothing here; names, sizes and contents do.
        assert(opened !== null && typeof opened === "object" && "entries" in opened, `bit ${bit}: ${opened}`);
        const pack = opened as Awaited<ReturnType<typeof openPack>>;
        assertEquals(pack.entries.map(({ name }) => name), [...files.keys()], `bit ${bit}`);
        for (const { name } of pack.entries) {
          {
            // Equality of hex is quick to find.
            assert((await pack.read(name)).toHex() === files.get(name)?.toHex(), `bit ${bit}`);
          }
        }
      }
    });
  }
});

Deno.test("openPack() refuses one flipped bit in what signatures and inventories say, all of them", async (t) => {
  const path = packPath("demo.gtpack"), { policies } = await optionsOf(path), files = await filesOf(path);
  const sig = must(files.get(SIG)), text = new TextDecoder().decode(sig);
  const envelope: Record<string, string> = JSON.parse(text);
  for (const field of ["sig", "digest", "key_fingerprint"]) {
    await t.step(field, async () => {
      const value = must(envelope[field]), start = UTF8.encode(text.slice(0, text.indexOf(value))).length;
      for (let bit = start * 8; bit < (start + value.length) * 8; bit++) {
        const letter = String.fromCharCode(must(sig[bit >> 3]));
        if ((bit & 7) === CASE_BIT && field !== "sig" && /[a-f]/.test(letter)) continue;
        await assertNamed(await writeZip(new Map([...files, [SIG, flipped(sig, bit)]])), must(policies[1]), {
          name: SIG,
          bit,
        });
      }
    });
  }
});
