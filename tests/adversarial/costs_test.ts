/**
 * Packs that are small and ask for much: of memory through documents of many tiny values, of time through rows that
 * name one thing again and again. Each is measured in a process of its own.
 */

import { assert, assertEquals } from "@std/assert";
import { concatBytes } from "../../lib/base/bytes.ts";
import { encodeCbor } from "../../lib/base/cbor.ts";
import { sha256Hex } from "../../lib/base/digest.ts";
import type { Json, JsonObject } from "../../lib/base/json.ts";
import { tempFolder } from "../_helpers.ts";
import { UTF8 } from "../pack/_packs.ts";
import { rawZip } from "../pack/_raw_zip.ts";
import { codeOf, peak, PEAK_MIB, SOON_MS } from "./_hostile.ts";

type Files = Readonly<Record<string, Uint8Array>>;

/** Bytes that a text repeats, and that deflate makes small. */
function repeated(text: string, count: number): Uint8Array {
  return UTF8.encode(text.repeat(count));
}

/** A CBOR array of many items of the same few bytes. */
function items(item: readonly number[], count: number): Uint8Array {
  const bytes = new Uint8Array(5 + item.length * count);
  bytes.set([0x9a, count >>> 24, (count >>> 16) & 255, (count >>> 8) & 255, count & 255]);
  for (let i = 0; i < count; i++) bytes.set(item, 5 + i * item.length);
  return bytes;
}

/** A manifest of the new layout, with other fields on request. */
function manifest(more: JsonObject = {}): Uint8Array {
  const symbols = { component_ids: [], node_ids: [], capability_names: [], pack_ids: ["x"] };
  const fields = { schema_version: "pack-v1", pack_id: 0, version: "1.0.0", kind: "application" };
  const lists = { components: [], flows: [], dependencies: [], capabilities: [] };
  const signatures = { signatures: [] };
  return cbor({ ...fields, publisher: "p", symbols, ...lists, signatures, ...more });
}

function extension(key: string, inline: Json): JsonObject {
  return { extensions: { [key]: { kind: key, version: "1", inline } } };
}

/** A manifest of the older layout. */
function older(flows: readonly JsonObject[], components: readonly JsonObject[]): Uint8Array {
  const meta = { packVersion: 1, pack_id: "x", version: "1.0.0", name: "x", entry_flows: ["f0"] };
  return cbor({ meta: { ...meta, created_at_utc: "2026-01-01T00:00:00Z" }, flows, components });
}

function cbor(value: Json): Uint8Array {
  return encodeCbor(value, { order: "given" });
}

function many<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

/** A pack whose components all are one file, each with its digest pinned. */
async function pinned(count: number): Promise<Files> {
  const big = new Uint8Array(15_000_000);
  const digest = `sha256:${await sha256Hex(big)}`;
  const ids = many(count, (i) => `c${i}`);
  const components = ids.map((_, id) => ({ id, version: "1.0.0", world: "w" }));
  const artifact = { inline: { wasm_path: "big.wasm" } };
  const rows = ids.map((name) => ({ name, source: "s", resolved: { digest }, artifact }));
  const symbols = { component_ids: ids, node_ids: [], capability_names: [], pack_ids: ["x"] };
  const table = extension("greentic.pack.component_sources@v1", { schema_version: 1, components: rows });
  return { "manifest.cbor": manifest({ symbols, components, ...table }), "big.wasm": big };
}

const MANIFESTS = "greentic.pack.component_manifests@v1";
const TABLE: readonly [string, args: readonly string[], files: Files, code: string | undefined][] = [
  ["tags", ["verify"], { "manifest.cbor": items([0xc0, 0], 990_000) }, "manifest.cbor.items"],
  [
    "texts in no pieces",
    ["verify"],
    { "manifest.cbor": items([0x7f, 0xff], 990_000) },
    "manifest.cbor.items",
  ],
  ["maps", ["verify"], { "manifest.cbor": items([0xa0], 990_000) }, "manifest.cbor.items"],
  ["one text in pieces", ["verify"], {
    "manifest.cbor": concatBytes([
      Uint8Array.of(0x81, 0x7f),
      new Uint8Array(600_000).fill(0x60),
      Uint8Array.of(0xff),
    ]),
  }, "manifest.cbor.items"],
  ["a long manifest", ["verify"], { "manifest.cbor": new Uint8Array(5_000_000) }, "pack.limit.document"],
  ["an SBOM of nothing", ["verify"], {
    "manifest.cbor": manifest(),
    "sbom.json": repeated("{},", 1_300_000),
  }, "verify.sbom"],
  [
    "a deep SBOM",
    ["verify"],
    { "manifest.cbor": manifest(), "sbom.json": repeated("[", 4_000_000) },
    "verify.sbom",
  ],
  ["a deep envelope", ["verify"], {
    "manifest.cbor": manifest(),
    "sbom.cbor": cbor({ format: "greentic-sbom-v1", files: [] }),
    "signatures/pack.sig": repeated("[", 8_000_000),
    "signatures/chain.pem": UTF8.encode("x"),
  }, "verify.extra_file"],
  ["an SBOM of absent files", ["verify"], {
    "manifest.cbor": manifest(),
    "sbom.cbor": cbor({
      format: "greentic-sbom-v1",
      files: many(25_000, (i) => ({ path: `p${i}`, hash_blake3: "0", size: 0, media_type: "" })),
    }),
  }, "verify.missing_file"],
  ["an SBOM with a long path", ["verify"], {
    "manifest.cbor": manifest(),
    "sbom.cbor": cbor({
      format: "greentic-sbom-v1",
      files: many(600, (i) => ({
        path: i === 0 ? "x".repeat(1_000_000) : `p${i}`,
        hash_blake3: "0",
        size: 0,
        media_type: "",
      })),
    }),
  }, "verify.missing_file"],
  ["flows of one document", ["verify"], {
    "manifest.cbor": older(many(1000, (i) => ({ id: `f${i}`, file_json: "x.json", hash_blake3: "" })), []),
    "x.json": repeated("{},", 1_300_000),
  }, undefined],
  ["component manifests of one file", ["verify"], {
    "manifest.cbor": manifest(
      extension(MANIFESTS, {
        schema_version: 1,
        entries: many(20_000, () => ({ component_id: "x", manifest_file: "big.cbor" })),
      }),
    ),
    "big.cbor": items([0], 200_000),
  }, "verify.component_manifest"],
  ["signatures", ["verify"], {
    "manifest.cbor": manifest({
      pad: "x".repeat(3_000_000),
      signatures: { signatures: many(20_000, () => ({ key_id: "k", algorithm: "ed25519", signature: "" })) },
    }),
  }, "verify.manifest_signature"],
  ["pinned components of one file", ["verify"], await pinned(2000), undefined],
  ["components of one file, to inspect", ["inspect"], {
    "manifest.cbor": older(
      [],
      many(2000, (i) => ({ name: `c${i}`, version: "1.0.0", file_wasm: "x.dat", hash_blake3: "" })),
    ),
    "x.dat": new Uint8Array(15_000_000),
  }, undefined],
];

Deno.test({
  name: "small packs cannot ask for much memory or time",
  ignore: Deno.build.os !== "linux", // where a process tells its peak
  async fn(t) {
    await using folder = await tempFolder();
    const path = `${folder.path}/x.gtpack`;
    for (const [name, args, files, code] of TABLE) {
      await t.step(name, async () => {
        const entries = Object.entries(files).map(([name, data]) => ({
          name,
          data,
          deflate: data.length > 1e6,
        }));
        await Deno.writeFile(path, rawZip(entries));
        const begin = performance.now();
        const printed = await peak([...args, path, "--max-ratio", "100000"]);
        assertEquals(codeOf(printed), code, printed.stderr.slice(0, 2000));
        assert(printed.mib < PEAK_MIB, `${Math.round(printed.mib)} MiB`);
        assert(printed.stdout.length + printed.stderr.length < 3_000_000, "little is printed");
        // A process starts before it works.
        assert(performance.now() - begin < 2 * SOON_MS, `${Math.round(performance.now() - begin)} ms`);
      });
    }
  },
});
