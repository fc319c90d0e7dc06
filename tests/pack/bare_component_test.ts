/** A component without a pack: nothing takes its place, but a lock still says what it must be. */

import { assertEquals, assertRejects } from "@std/assert";
import { sha256Hex } from "../../lib/base/digest.ts";
import { RunnerError } from "../../lib/base/errors.ts";
import { openPack } from "../../lib/pack/open.ts";
import { tempFolder } from "../_helpers.ts";
import { ASK, MINE, resolving, write, writeLock } from "./_packs.ts";

const INPUT = { name: "demo.ask.wasm", bytes: ASK };

/** A lock that pins the component, under a name that it has in some pack. */
async function lock(folder: string, bytes: Uint8Array): Promise<string> {
  return await writeLock(folder, { bundled_path: "blobs/ask.wasm", wasm_sha256: await sha256Hex(bytes) });
}

Deno.test("openPack() holds a bare component to the lock that is named", async (t) => {
  await using folder = await tempFolder();
  await t.step("with the digest of the lock", async () => {
    const path = await lock(folder.path, ASK);
    const { components, componentFindings, verification } = await openPack(INPUT, resolving({ lock: path }));
    assertEquals(components.map(({ origin, entry }) => [origin, entry]), [["pack", "demo.ask.wasm"]]);
    assertEquals(componentFindings, []);
    const { check, verdict, place } = verification.verdicts.at(-1)!;
    assertEquals([check, verdict, place], ["components", "verified", path]);
  });
  await t.step("with another digest", async () => {
    const path = await lock(folder.path, MINE);
    const error = await assertRejects(() => openPack(INPUT, resolving({ lock: path })), RunnerError);
    assertEquals([error.code, error.place], ["verify.component_digest", "demo.ask.wasm"]);
  });
  await t.step("with a lock that says nothing of it", async () => {
    const path = await lock(folder.path, MINE);
    const { componentFindings } = await openPack({ ...INPUT, name: "other.wasm" }, resolving({ lock: path }));
    assertEquals(componentFindings.map(({ message }) => message), [
      'Component "other" is not in the lock file',
    ]);
  });
});

Deno.test("openPack() misses what is named beside a bare component and is not there", async () => {
  const table = [["lock.invalid", { lock: "/absent.lock" }], ["components.dir", { dir: "/absent" }]] as const;
  for (const [code, resolution] of table) {
    const error = await assertRejects(() => openPack(INPUT, resolving(resolution)), RunnerError);
    assertEquals(error.code, code);
  }
});

Deno.test("openPack() lets nothing take the place of a bare component", async () => {
  await using folder = await tempFolder();
  const mine = await write(`${folder.path}/demo.ask.wasm`, MINE);
  for (const resolution of [{ dir: folder.path }, { map: { "demo.ask": mine } }]) {
    const pack = await openPack(INPUT, resolving(resolution));
    assertEquals([pack.components[0]?.origin, pack.componentFindings], ["pack", []]);
    assertEquals(await pack.components[0]?.bytes(), ASK);
  }
});
