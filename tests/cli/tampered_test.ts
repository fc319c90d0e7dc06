/** Archives with a file that was changed, added or taken away, as the command meets them: refused under every policy. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { buildPack } from "../../lib/pack/build.ts";
import { publicKeyOf } from "../../lib/pack/sign.ts";
import { tempFolder } from "../_helpers.ts";
import { legacySpec, newSpec, SEED, SIGNING, tampered, UTF8, write } from "../pack/_packs.ts";
import { callMain } from "./_helpers.ts";

const { fingerprint } = await publicKeyOf(SEED);
const POLICIES = [[], ["--policy", "strict", "--trust", fingerprint]];
const ASSET = "assets/greeting.txt";

const CHANGES: readonly [string, string, string, (files: Map<string, Uint8Array>) => void][] = [
  ["a changed file", "verify.digest", ASSET, (files) => files.set(ASSET, UTF8.encode("hellO"))],
  ["a longer file", "verify.digest", ASSET, (files) => files.set(ASSET, UTF8.encode("hello!"))],
  ["a missing file", "verify.missing_file", ASSET, (files) => files.delete(ASSET)],
  [
    "an added file",
    "verify.extra_file",
    "assets/new.txt",
    (files) => files.set("assets/new.txt", UTF8.encode("x")),
  ],
];

Deno.test("verify, inspect and run refuse an archive whose files are not those of its inventory", async (t) => {
  await using temp = await tempFolder();
  for (const spec of [newSpec({ signing: SIGNING }), legacySpec({ signing: SIGNING })]) {
    const path = `${temp.path}/x.gtpack`;
    await write(path, await buildPack(spec));
    for (const policy of POLICIES) {
      assertEquals((await callMain(["verify", path, ...policy])).code, 0, "as it was built it passes");
    }
    for (const [name, code, entry, change] of CHANGES) {
      await write(path, await tampered(spec, change));
      for (const policy of POLICIES) {
        for (const command of ["verify", "inspect", "run"]) {
          await t.step(`${spec.layout}, ${name}: ${[command, ...policy.slice(1, 2)].join(" ")}`, async () => {
            const run = command === "run" ? ["--artifacts-dir", `${temp.path}/run`] : [];
            const ended = await callMain([command, path, "--json", ...policy, ...run]);
            assertEquals(ended.code, 3, ended.stderr);
            assertStringIncludes(ended.stderr, `error[${code}]: `);
            assertStringIncludes(ended.stderr, `"${entry}"`);
          });
        }
      }
    }
  }
});
