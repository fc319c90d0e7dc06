/** Folders of sources that are larger than any pack: refused before they are read, whoever asks. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { tempFolder } from "../_helpers.ts";
import { MINIMAL } from "../_sources.ts";
import { peak, PEAK_MIB, SOON_MS } from "./_hostile.ts";

const MIB = 1024 * 1024;

/** Files with a size and without content. */
async function sparse(folder: string, { count, size }: { count: number; size: number }): Promise<void> {
  for (let i = 0; i < count; i++) {
    using file = await Deno.create(`${folder}/${100 + i}.bin`);
    await file.truncate(size);
  }
}

Deno.test({
  name: "build, run, inspect and lint stop at the first file that makes the sources too large",
  ignore: Deno.build.os !== "linux",
  async fn(t) {
    const table = [
      ["many files", 150, 16 * MIB, "103.bin", "maxArchiveBytes"],
      ["one file", 1, 4096 * MIB, "100.bin", "maxEntryBytes"],
    ] as const;
    for (const [name, count, size, file, limit] of table) {
      await using folder = await tempFolder();
      await Deno.mkdir(`${folder.path}/assets`);
      await Deno.mkdir(`${folder.path}/flows`);
      await Deno.writeTextFile(`${folder.path}/pack.yaml`, MINIMAL);
      await sparse(`${folder.path}/assets`, { count, size });
      const run = ["--artifacts-dir", `${folder.path}/run`];
      for (const args of [["build"], ["run", ...run], ["inspect"], ["lint"]]) {
        // A folder runs and is told without its broken parts, so one file that is too large does not end it.
        if (count === 1 && args[0] !== "build" && args[0] !== "lint") continue;
        await t.step(`${name}: ${args[0]}`, async () => {
          const begin = performance.now();
          const { code, stdout, stderr, mib } = await peak([...args, folder.path]);
          assertEquals(code, 3, stderr);
          assertStringIncludes(stderr + stdout, `/assets/${file}" exceeds the limit ${limit}`);
          assert(mib < PEAK_MIB, `${Math.round(mib)} MiB`);
          const took = performance.now() - begin;
          assert(took < SOON_MS, `${Math.round(took)} ms`);
        });
      }
    }
  },
});
