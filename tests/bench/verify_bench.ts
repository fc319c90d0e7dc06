// deno-lint-ignore-file no-console -- a script talks to whoever runs it
/**
 * Measures opening and verifying signed packs of 1, 16 and 64 MB beside the time of hashing the same bytes alone. All
 * figures come from one session, their samples taken in turn. The bytes are in files of 4 MB: random ones once stored and
 * once deflated, and texts, which deflate makes much smaller. The packs lie on disk, in the system's cache. The rate is
 * that of the files, not of what they are packed to.
 *
 * Hashing alone is BLAKE3 over every file, which the SBOM asks for, and SHA-256 over the archive, which names it in
 * the record. Not measured: a cold disk, and packs of many small files.
 */

import { blake3 } from "hash-wasm";
import { deflateRawSync } from "node:zlib";
import { unshared } from "../../lib/base/digest.ts";
import { DEFAULT_LIMITS } from "../../lib/base/limits.ts";
import { buildPack, packFiles } from "../../lib/pack/build.ts";
import { openPack } from "../../lib/pack/open.ts";
import { DEVOK, newSpec, SIGNING } from "../pack/_packs.ts";
import { rawZip } from "../pack/_raw_zip.ts";

const MB = 1024 * 1024;
const FILE_BYTES = 4 * MB;
const SAMPLES = Number(Deno.args[0] ?? 9);
const OPTIONS = {
  ...DEVOK,
  limits: { ...DEFAULT_LIMITS, maxArchiveBytes: 128 * MB, maxEntryBytes: 64 * MB },
};

/** Random bytes, which deflate cannot make smaller. */
function noise(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
  return bytes;
}

/** Lines that differ from each other, as those of logs and catalogues do. */
function text(size: number): Uint8Array {
  const lines: string[] = [];
  for (let length = 0, i = 0; length < size; i++) {
    const line = JSON.stringify({ id: i, name: `item ${i * 7919 % 10007}`, price: i % 97, tags: ["a", "b"] });
    lines.push(line);
    length += line.length + 1;
  }
  return new TextEncoder().encode(lines.join("\n")).slice(0, size);
}

function assets(mb: number, make: (size: number) => Uint8Array): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (let left = mb * MB, i = 0; left > 0; left -= FILE_BYTES, i++) {
    files.set(`${i}.bin`, make(Math.min(left, FILE_BYTES)));
  }
  return files;
}

/** The archive of a pack with all files deflated. */
function deflated(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const entries = Array.from(
    files,
    ([name, data]) => ({ name, data, packed: deflateRawSync(data), method: 8 }),
  );
  return rawZip(entries);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

const folder = await Deno.makeTempDir();
try {
  console.log(`| pack (median of ${SAMPLES}) | hashing alone, ms | open and verify, ms | × | MB/s |`);
  console.log("|---|---:|---:|---:|---:|");
  for (const mb of [1, 16, 64]) {
    const random = newSpec({ assets: assets(mb, noise), signing: SIGNING });
    const files = await packFiles(random);
    const texts = await packFiles(newSpec({ assets: assets(mb, text), signing: SIGNING }));
    const packs = [
      { how: "stored", files, archive: await buildPack(random) },
      { how: "deflated", files, archive: deflated(files) },
      { how: "text deflated", files: texts, archive: deflated(texts) },
    ];
    for (const { how, files, archive } of packs) {
      const path = `${folder}/${how}.gtpack`;
      await Deno.writeFile(path, archive);
      const hashing: number[] = [], opening: number[] = [];
      const hash = async () => {
        for (const bytes of files.values()) await blake3(bytes);
        await crypto.subtle.digest("SHA-256", unshared(archive));
      };
      await hash();
      await openPack(path, OPTIONS);
      for (let round = 0; round < SAMPLES; round++) {
        hashing.push(await timed(hash));
        opening.push(await timed(() => openPack(path, OPTIONS)));
      }
      const [alone, whole] = [median(hashing), median(opening)];
      const rate = mb / (whole / 1000);
      console.log(
        `| ${mb} MB, ${how} | ${alone.toFixed(1)} | ${whole.toFixed(1)} | ${(whole / alone).toFixed(2)} | ${
          rate.toFixed(0)
        } |`,
      );
    }
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
