/** Packs of 500 MB, which are opened and listed in little memory: their bytes pass by, and few are held. */

import { assert, assertEquals } from "@std/assert";
import { crc32, deflateRawSync } from "node:zlib";
import { decodeCbor, encodeCbor } from "../../lib/base/cbor.ts";
import { blake3Hex } from "../../lib/base/digest.ts";
import type { JsonObject } from "../../lib/base/json.ts";
import { packFiles } from "../../lib/pack/build.ts";
import { tempFolder } from "../_helpers.ts";
import { must, newSpec, noise } from "../pack/_packs.ts";
import { header } from "../pack/_raw_zip.ts";
import { peak, PEAK_MIB } from "./_hostile.ts";

const MIB = 1024 * 1024;
const FILES = 40, FILE_BYTES = 12.5 * MIB;

/** One file of an archive as it is written; without bytes it is zeros. */
interface Written {
  readonly size: number;
  readonly crc: number;
  readonly method: 0 | 8;
  readonly packed: Uint8Array | undefined;
}

/** Writes an archive, in which zeros take no room on a disk. */
async function writeArchive(path: string, files: ReadonlyMap<string, Written>): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  const directory: Uint8Array[] = [];
  let at = 0;
  async function write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
    at += bytes.length;
  }
  for (const [name, { size, crc, method, packed }] of files) {
    const start = at, encoded = new TextEncoder().encode(name);
    const sizes = [[crc, 4], [packed?.length ?? size, 4], [size, 4]] as const;
    const common = [
      ...[[20, 2], [0, 2], [method, 2], [0x210000, 4]] as const,
      ...[...sizes, [encoded.length, 2], [0, 2]] as const,
    ];
    await write(header([[0x04034b50, 4], ...common]));
    await write(encoded);
    if (packed === undefined) at = await file.seek(at + size, Deno.SeekMode.Start);
    else await write(packed);
    const last = [[0, 2], [0, 2], [0, 2], [0x81a40000, 4], [start, 4]] as const;
    directory.push(header([[0x02014b50, 4], [0x030a, 2], ...common, ...last]), encoded);
  }
  const start = at;
  for (const part of directory) await write(part);
  const counts = [[files.size, 2], [files.size, 2], [at - start, 4], [start, 4], [0, 2]] as const;
  await write(header([[0x06054b50, 4], [0, 4], ...counts]));
}

/** Writes a pack that has many assets of the same bytes. */
async function writeLarge(
  path: string,
  { bytes, large, count = FILES }: { bytes: Uint8Array; large: Written; count?: number },
): Promise<void> {
  const files = await packFiles(newSpec());
  const sbom = decodeCbor(must(files.get("sbom.cbor"))) as { files: JsonObject[]; format: string };
  const hash_blake3 = await blake3Hex(bytes);
  const line = { size: bytes.length, hash_blake3, media_type: "application/octet-stream" };
  const names = Array.from({ length: count }, (_, i) => `assets/large${i}.bin`);
  for (const path of names) sbom.files.push({ path, ...line });
  files.set("sbom.cbor", encodeCbor(sbom, { order: "canonical" }));
  const written = new Map<string, Written>(names.map((name) => [name, large]));
  for (const [name, packed] of files) {
    written.set(name, { size: packed.length, crc: crc32(packed), method: 0, packed });
  }
  await writeArchive(path, written);
}

Deno.test({
  name: "packs of 500 MB are verified and listed in less than 200 MB of memory",
  ignore: Deno.build.os !== "linux", // where a process tells its peak
  async fn(t) {
    await using folder = await tempFolder();
    const path = `${folder.path}/large.gtpack`;
    const zeros = new Uint8Array(FILE_BYTES), random = noise(FILE_BYTES);
    // Blocks as they are: deflate makes noise no smaller, and reading it takes as much as it ever does.
    const deflated = new Uint8Array(deflateRawSync(random, { level: 0 }));
    const kinds: [string, Uint8Array, Pick<Written, "method" | "packed">][] = [
      ["stored", zeros, { method: 0, packed: undefined }],
      ["deflated", random, { method: 8, packed: deflated }],
    ];
    for (const [kind, bytes, how] of kinds) {
      await writeLarge(path, { bytes, large: { size: bytes.length, crc: crc32(bytes), ...how } });
      for (const command of ["verify", "inspect"]) {
        await t.step(`${kind}: ${command}`, async () => {
          const { code, stdout, stderr, mib } = await peak([command, path, "--max-archive-mb", "600"]);
          assertEquals(code, 0, stderr);
          assert(stdout.includes(`${FILES + 4} files match`), stdout);
          assert(mib < PEAK_MIB, `${Math.round(mib)} MiB`);
        });
      }
    }
  },
});

Deno.test({
  name: "a pack of 50 MB from standard input is held once, in less than 200 MB of memory",
  ignore: Deno.build.os !== "linux", // where a process tells its peak
  async fn() {
    await using folder = await tempFolder();
    const path = `${folder.path}/piped.gtpack`, bytes = new Uint8Array(FILE_BYTES), count = 4;
    const large: Written = { size: FILE_BYTES, crc: crc32(bytes), method: 0, packed: undefined };
    await writeLarge(path, { bytes, large, count });
    const { code, stdout, stderr, mib } = await peak(["verify", "-"], path);
    assertEquals(code, 0, stderr);
    assert(stdout.includes(`${count + 4} files match`), stdout);
    assert(mib < PEAK_MIB, `${Math.round(mib)} MiB`);
  },
});
