/** A pack of 500 MB, which is opened and listed in little memory: its bytes pass by, and few are held. */

import { assert, assertEquals } from "@std/assert";
import { crc32 } from "node:zlib";
import { decodeCbor, encodeCbor } from "../../lib/base/cbor.ts";
import { blake3Hex } from "../../lib/base/digest.ts";
import type { JsonObject } from "../../lib/base/json.ts";
import { packFiles } from "../../lib/pack/build.ts";
import { tempFolder } from "../_helpers.ts";
import { must, newSpec } from "../pack/_packs.ts";
import { header } from "../pack/_raw_zip.ts";
import { peak, PEAK_MIB } from "./_hostile.ts";

const MIB = 1024 * 1024;
const FILES = 40, FILE_BYTES = 12.5 * MIB;
const ZEROS = new Uint8Array(FILE_BYTES);
const ZEROS_CRC = crc32(ZEROS);

/** Writes an archive of these files and of many of zeros, which take no room on a disk. */
async function writeSparse(path: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  const directory: Uint8Array[] = [];
  let at = 0;
  async function write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
    at += bytes.length;
  }
  for (const [name, bytes] of files) {
    const sizes = [[bytes === ZEROS ? ZEROS_CRC : crc32(bytes), 4], [bytes.length, 4], [
      bytes.length,
      4,
    ]] as const;
    const start = at, encoded = new TextEncoder().encode(name);
    const common = [[10, 2], [0, 2], [0, 2], [0x210000, 4], ...sizes, [encoded.length, 2], [0, 2]] as const;
    await write(header([[0x04034b50, 4], ...common]));
    await write(encoded);
    if (bytes === ZEROS) at = await file.seek(at + bytes.length, Deno.SeekMode.Start);
    else await write(bytes);
    const last = [[0, 2], [0, 2], [0, 2], [0x81a40000, 4], [start, 4]] as const;
    directory.push(header([[0x02014b50, 4], [0x030a, 2], ...common, ...last]), encoded);
  }
  const start = at;
  for (const part of directory) await write(part);
  const counts = [[files.size, 2], [files.size, 2], [at - start, 4], [start, 4], [0, 2]] as const;
  await write(header([[0x06054b50, 4], [0, 4], ...counts]));
}

Deno.test({
  name: "a pack of 500 MB is verified and listed in less than 200 MB of memory",
  ignore: Deno.build.os !== "linux", // where a process tells its peak
  async fn(t) {
    await using folder = await tempFolder();
    const path = `${folder.path}/large.gtpack`;
    const files = await packFiles(newSpec());
    const sbom = decodeCbor(must(files.get("sbom.cbor"))) as { files: JsonObject[]; format: string };
    files.delete("sbom.cbor");
    const hash_blake3 = await blake3Hex(ZEROS);
    const line = { size: FILE_BYTES, hash_blake3, media_type: "application/octet-stream" };
    for (let i = 0; i < FILES; i++) {
      files.set(`assets/zeros${i}.bin`, ZEROS);
      sbom.files.push({ path: `assets/zeros${i}.bin`, ...line });
    }
    files.set("sbom.cbor", encodeCbor(sbom, { order: "canonical" }));
    await writeSparse(path, files);
    for (const command of ["verify", "inspect"]) {
      await t.step(command, async () => {
        const { code, stdout, stderr, mib } = await peak([command, path, "--max-archive-mb", "600"]);
        assertEquals(code, 0, stderr);
        assert(stdout.includes(`${FILES + 4} files match`), stdout);
        assert(mib < PEAK_MIB, `${Math.round(mib)} MiB`);
      });
    }
  },
});
