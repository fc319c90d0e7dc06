/** Manifests, inventories and signatures that mean harm: rows 9 to 13 of the faults to survive. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { encodeCbor } from "../../lib/base/cbor.ts";
import type { Json, JsonObject } from "../../lib/base/json.ts";
import { buildPack } from "../../lib/pack/build.ts";
import { openPack } from "../../lib/pack/open.ts";
import { publicKeyOf } from "../../lib/pack/sign.ts";
import { PackRefused } from "../../lib/pack/verify.ts";
import { writeZip } from "../../lib/pack/zip.ts";
import { tempFolder } from "../_helpers.ts";
import {
  ASK,
  DEVOK,
  legacySpec,
  must,
  newSpec,
  SEED,
  SIGNING,
  tampered,
  unpack,
  UTF8,
} from "../pack/_packs.ts";
import { join } from "../pack/_raw_zip.ts";
import { assertFlat, assertRefused, call, codeOf } from "./_hostile.ts";

/** A head of CBOR: a major type with an argument of eight bytes. */
function head(major: number, value: bigint): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[0] = major << 5 | 27;
  new DataView(bytes.buffer).setBigUint64(1, value);
  return bytes;
}

function repeat(text: string, count: number): Uint8Array {
  return Uint8Array.fromHex(text.repeat(count));
}

/** The bytes of a document by its hex text. */
const hex = (text: string): Uint8Array => Uint8Array.fromHex(text.replaceAll(" ", ""));

const DOCUMENTS: readonly (readonly [step: string, bytes: Uint8Array, code: string])[] = [
  ["nothing", new Uint8Array(), "truncated"],
  ["10 000 arrays", join([repeat("81", 10_000), hex("00")]), "depth"],
  ["10 000 maps", join([repeat("a16161", 10_000), hex("00")]), "depth"],
  ["10 000 arrays of indefinite length", join([repeat("9f", 10_000), repeat("ff", 10_000)]), "depth"],
  [
    "10 000 maps of indefinite length",
    join([repeat("bf6161", 10_000), hex("00"), repeat("ff", 10_000)]),
    "depth",
  ],
  ["10 000 tags and nothing", repeat("c6", 10_000), "truncated"],
  ["10 000 tags around an array of a tagged text", join([repeat("c6", 10_000), hex("81c66161")]), "invalid"],
  ["10 000 texts within a text", repeat("7f", 10_000), "syntax"],
  ["40 kB of array heads", repeat("9b000000000000ffff", 4500), "length"],
  ["40 kB of map heads", repeat("bb000000000000ffff", 4500), "length"],
  ["40 kB of nested heads that fit", repeat("99 00 02".replaceAll(" ", ""), 13_500), "depth"],
  ["200 kB of 0x81", repeat("81", 200_000), "depth"],
  ["an array of 2^32", hex("9affffffff 00"), "length"],
  ["an array of 2^63", head(4, 2n ** 63n), "length"],
  ["an array of 2^64 - 1", head(4, 2n ** 64n - 1n), "length"],
  ["a map of 2^63", head(5, 2n ** 63n), "length"],
  ["a map of half of what is left", join([head(5, 40n), repeat("00", 60)]), "length"],
  ["a text of 2^40", head(3, 2n ** 40n), "length"],
  ["bytes of 2^62", head(2, 2n ** 62n), "type"],
  ["a key twice", hex("a2 6161 00 6161 01"), "duplicate_key"],
  ["a key twice, once in pieces", hex("a2 6161 00 7f 6161 ff 01"), "duplicate_key"],
  [
    "__proto__ twice",
    join([hex("a2 69"), UTF8.encode("__proto__"), hex("00 69"), UTF8.encode("__proto__"), hex("00")]),
    "duplicate_key",
  ],
  ["a number as a key", hex("a1 01 00"), "key"],
  ["a map as a key", hex("a1 a0 00"), "key"],
  ["NaN", hex("f9 7e00"), "number"],
  ["NaN of 32 bits", hex("fa 7fc00000"), "number"],
  ["NaN of 64 bits with a payload", hex("fb 7ff8000000000001"), "number"],
  ["infinity", hex("f9 7c00"), "number"],
  ["an integer of 2^53", head(0, 2n ** 53n), "number"],
  ["an integer of -2^64", head(1, 2n ** 64n - 1n), "number"],
  ["a bignum", hex("c2 49 010000000000000000"), "type"],
  ["a negative bignum", hex("c3 49 010000000000000000"), "type"],
  ["bytes in pieces", hex("5f 4100 ff"), "syntax"],
  ["an unassigned simple value", hex("f8 20"), "type"],
  ["a reserved length", hex("1c"), "syntax"],
  ["a break alone", hex("ff"), "syntax"],
  ["a break in an array of definite length", hex("82 00 ff"), "syntax"],
  ["a break between key and value", hex("bf 6161 ff"), "syntax"],
  ["a piece of text that is no text", hex("7f 4161 ff"), "syntax"],
  ["a text that is no UTF-8", hex("62 c328"), "syntax"],
  ["a surrogate in a text", hex("63 eda080"), "syntax"],
  ["a document and a byte", hex("a0 00"), "trailing"],
  ["two documents", hex("a0 a0"), "trailing"],
  ["a document that ends early", hex("a2 6161 00"), "length"],
];

Deno.test("the command refuses every manifest and inventory that means harm", async (t) => {
  const manifest = must((await unpack(await buildPack(newSpec()))).get("manifest.cbor"));
  for (const [step, bytes, end] of DOCUMENTS) {
    const code = end === "invalid" ? "manifest.invalid" : `manifest.cbor.${end}`;
    await t.step(`manifest: ${step}`, async () => {
      await assertRefused(await writeZip([["manifest.cbor", bytes]]), { code, names: "manifest.cbor" });
    });
    await t.step(`inventory: ${step}`, async () => {
      const archive = await writeZip([["manifest.cbor", manifest], ["sbom.cbor", bytes]]);
      await assertRefused(archive, { code: "verify.sbom", names: "sbom.cbor" });
    });
  }
  const large = [["depth", repeat("81", 1_000_000)], [
    "length",
    repeat("9b00000000000fffff", 100_000),
  ]] as const;
  for (const [code, bytes] of large) {
    const archive = await writeZip([["manifest.cbor", bytes]]);
    await t.step(`in little memory: ${code}`, () => assertFlat(archive, `manifest.cbor.${code}`));
  }
});

/** Words that every object has, or had, without anybody's doing. */
const WORDS = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "prototype",
  "__defineGetter__",
  "then",
];

Deno.test("openPack() takes words that objects have as ids and keys like any other", async (t) => {
  for (const word of WORDS) {
    for (const spec of [newSpec, legacySpec]) {
      await t.step(`${word}, ${spec().layout}`, async () => {
        const pack = await openPack(await buildPack(worded(word, spec)), DEVOK);
        assertEquals([pack.id, pack.flows.map(({ id }) => id)], [word, [word]]);
        assertEquals(await Promise.all(pack.components.map(async ({ id, bytes }) => [id, await bytes()])), [[
          word,
          ASK,
        ]]);
        assertEquals([pack.flowFindings, pack.componentFindings], [[], []]);
        assertEquals([({} as JsonObject)["polluted"], Object.keys(Object.prototype)], [undefined, []]);
        if (word !== "__proto__") return;
        await using folder = await tempFolder();
        await Deno.writeFile(`${folder.path}/x.gtpack`, await buildPack(worded(word, spec)));
        const { code, stdout, stderr } = await call(["inspect", `${folder.path}/x.gtpack`]);
        assert(code === 0 && stdout.includes("__proto__"), stderr);
      });
    }
  }
  await t.step("as fields of a manifest", async () => {
    const evil = Object.fromEntries(
      WORDS.map((word): [string, Json] => [word, { polluted: true, meta: {} }]),
    );
    const archive = await writeZip([["manifest.cbor", encodeCbor(evil, { order: "given" })]]);
    await assertRefused(archive, { code: "manifest.invalid" });
    assertEquals(({} as JsonObject)["polluted"], undefined);
  });
});

/** A pack in which everything that has a name has this one. */
function worded(word: string, spec: typeof newSpec): ReturnType<typeof newSpec> {
  const legacy = spec().layout === "legacy";
  const node = {
    component: { id: word, operation: word },
    input: { mapping: { [word]: 1 } },
    routing: "end",
  };
  const document: JsonObject = legacy
    ? {
      id: word,
      type: "job",
      start: word,
      nodes: Object.fromEntries([[word, { "emit.log": 1, routing: [] }]]),
    }
    : {
      id: word,
      kind: "job",
      entrypoints: Object.fromEntries([[word, word]]),
      nodes: [{ id: word, ...node }],
    };
  const component = { id: word, version: "1.0.0", world: word, bytes: ASK };
  const extension: JsonObject = {
    kind: word,
    version: "1",
    inline: Object.fromEntries([[word, { polluted: true }]]),
  };
  return spec({
    id: word,
    flows: [{ id: word, document }],
    components: [component],
    assets: new Map([[word, UTF8.encode(word)]]),
    ...(legacy ? {} : { extensions: Object.fromEntries([[word, extension]]) }),
  });
}

Deno.test("the command refuses identifiers that are none", async (t) => {
  const tables = (ids: readonly string[]): JsonObject => ({
    ...{ schema_version: "pack-v1", pack_id: "demo", version: "1.0.0", kind: "application", publisher: "p" },
    symbols: { component_ids: ids, node_ids: [], capability_names: [], pack_ids: [] },
    ...{ components: [], flows: [], dependencies: [], capabilities: [], signatures: { signatures: [] } },
  });
  for (const id of ["", "a b", "../x", "a/b", "a\u0000", "ü", "x\n", "{{x}}", "a".repeat(9) + "\u202e"]) {
    await t.step(JSON.stringify(id), async () => {
      const bytes = encodeCbor(tables([id]), { order: "given" });
      await assertRefused(await writeZip([["manifest.cbor", bytes]]), { code: "manifest.invalid" });
      const packId = encodeCbor({ ...tables([]), pack_id: id }, { order: "given" });
      await assertRefused(await writeZip([["manifest.cbor", packId]]), { code: "manifest.invalid" });
    });
  }
});

Deno.test("the command tells the six faults of a signature apart", async (t) => {
  const { fingerprint } = await publicKeyOf(SEED);
  const full = newSpec({ signing: SIGNING });
  const other = await unpack(await buildPack(newSpec({ version: "9.9.9", signing: SIGNING })));
  const stranger = await unpack(
    await buildPack(newSpec({ signing: { ...SIGNING, seed: new Uint8Array(32) } })),
  );
  const validTo = new Date("2001-01-01T00:00:00Z");
  const take = (files: ReadonlyMap<string, Uint8Array>, name: string) => (own: Map<string, Uint8Array>) => {
    own.set(name, must(files.get(name)));
  };
  const SIG = "signatures/pack.sig", PEM = "signatures/chain.pem";
  const swapped = (own: Map<string, Uint8Array>) => {
    const text = new TextDecoder().decode(own.get(SIG));
    own.set(SIG, UTF8.encode(text.replace('"ed25519"', '"hs256"')));
  };
  // The code of the verdict; `devok` opens the first and the fourth, and says so.
  const rows: [string, Uint8Array, string, boolean][] = [
    ["absent", await buildPack(newSpec()), "verify.unsigned", true],
    [
      "empty",
      await tampered(full, (own) => own.set(SIG, new Uint8Array())),
      "verify.signature.envelope",
      false,
    ],
    ["another key", await tampered(full, take(stranger, PEM)), "verify.signature.key", false],
    [
      "expired",
      await buildPack(newSpec({ signing: { ...SIGNING, validTo } })),
      "verify.certificate.expired",
      true,
    ],
    ["another manifest", await tampered(full, take(other, SIG)), "verify.signature.digest", false],
    ["another algorithm", await tampered(full, swapped), "verify.signature.algorithm", false],
  ];
  assertEquals(new Set(rows.map(([, , code]) => code)).size, 6);
  for (const [step, archive, code, waivable] of rows) {
    await t.step(step, async () => {
      await using folder = await tempFolder();
      const path = `${folder.path}/x.gtpack`;
      await Deno.writeFile(path, archive);
      const trust = ["--trust", fingerprint];
      const strict = await call(["verify", path, "--policy", "strict", ...trust, "--json"]);
      const verdicts: JsonObject[] = JSON.parse(strict.stdout).verdicts;
      assertEquals(
        [strict.code, verdicts.some((verdict) => verdict["code"] === code)],
        [3, true],
        strict.stdout,
      );
      assertEquals(codeOf(strict), waivable ? "verify.policy" : code);
      const devok = await call(["verify", path, ...trust]);
      assertEquals(devok.code, waivable ? 0 : 3, devok.stderr);
      if (waivable) {
        assert(devok.stdout.includes("(waived)") && devok.stderr.includes("strict"), devok.stdout);
      } else {
        const error = await assertRejects(() => openPack(archive, DEVOK), PackRefused);
        assertEquals(error.code, code);
      }
    });
  }
});
