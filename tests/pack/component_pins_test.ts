/** What pins components: the table in a manifest, lock files, and what the policies make of it. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { blake3Hex, sha256Hex } from "../../lib/base/digest.ts";
import { RunnerError } from "../../lib/base/errors.ts";
import type { Json } from "../../lib/base/json.ts";
import { buildPack } from "../../lib/pack/build.ts";
import type { ResolutionOptions } from "../../lib/pack/component_files.ts";
import { openPack } from "../../lib/pack/open.ts";
import type { Pack } from "../../lib/pack/pack.ts";
import { publicKeyOf } from "../../lib/pack/sign.ts";
import { PackRefused } from "../../lib/pack/verify.ts";
import { tempFolder } from "../_helpers.ts";
import {
  ASK,
  BUNDLED,
  DEVOK,
  legacySpec,
  MINE,
  must,
  newSpec,
  resolving,
  SEED,
  SIGNING,
  sourceRow,
  sourcesExtension,
  STRICT,
  tampered,
  write,
  writeLock,
} from "./_packs.ts";

const ASK_HEX = await sha256Hex(ASK), MINE_HEX = await sha256Hex(MINE);
const ASK_SHA256 = `sha256:${ASK_HEX}`, MINE_SHA256 = `sha256:${MINE_HEX}`;
const ASK_BLAKE3 = `blake3:${await blake3Hex(ASK)}`, MINE_BLAKE3 = `blake3:${await blake3Hex(MINE)}`;
const PACK = await buildPack(newSpec({ signing: SIGNING }));
const TRUSTING = { ...STRICT, trust: [(await publicKeyOf(SEED)).publicKey] };

/** A signed pack with this row in its table of sources. */
function listing(digest: Json, artifact?: Json): Promise<Uint8Array> {
  return buildPack(
    newSpec({ extensions: sourcesExtension([sourceRow(digest, artifact)]), signing: SIGNING }),
  );
}

/** A signed pack that has no component, but this row for one in its table. */
function remote(digest: Json): Promise<Uint8Array> {
  const extensions = sourcesExtension([sourceRow(digest, "remote")]);
  return buildPack(newSpec({ components: [], extensions, signing: SIGNING }));
}

/** Where the one component comes from, and what pins it. */
async function resolved(pack: Pack): Promise<unknown[]> {
  const { origin, entry, pinned, bytes } = must(pack.components[0]);
  return [origin, entry, pinned, new TextDecoder().decode((await bytes()).subarray(4))];
}

/** The verdicts on components. */
function verdicts(pack: Pack): unknown[] {
  const found = pack.verification.verdicts.filter(({ check }) => check === "components");
  return found.map(({ verdict, place, reason }) => [verdict, place, reason]);
}

Deno.test("resolveComponents() checks components against the table in the manifest", async (t) => {
  await using folder = await tempFolder();
  const mine = await write(`${folder.path}/demo.ask.wasm`, MINE);
  const all = "1 of 1 components have the digest that pins them";
  for (const digest of [ASK_SHA256, ASK_HEX, `sha256:${ASK_HEX.toUpperCase()}`, ASK_BLAKE3]) {
    await t.step(`in the pack: ${digest}`, async () => {
      for (const options of [DEVOK, TRUSTING]) {
        const pack = await openPack(await listing(digest), options);
        assertEquals(await resolved(pack), ["pack", BUNDLED, digest, "-ask"]);
        assertEquals(verdicts(pack), [["verified", "manifest.cbor", all]]);
      }
    });
  }
  for (const digest of [MINE_SHA256, MINE_HEX, MINE_BLAKE3]) {
    for (
      const [origin, where] of [["dir", { dir: folder.path }], ["map", {
        map: { "demo.ask": mine },
      }]] as const
    ) {
      await t.step(`in a ${origin}: ${digest}`, async () => {
        for (
          const archive of [await listing(digest), await listing(digest, "remote"), await remote(digest)]
        ) {
          const pack = await openPack(archive, resolving(where, TRUSTING));
          assertEquals(await resolved(pack), [origin, mine, digest, "-mine"]);
          assertEquals(must(pack.components[0]).pinnedBy, "table");
          assertEquals(verdicts(pack), [["verified", "manifest.cbor", all]]);
        }
      });
    }
  }
  await t.step("no digest", async () => {
    const pack = await openPack(await listing(null), TRUSTING);
    assertEquals([await resolved(pack), verdicts(pack)], [["pack", BUNDLED, undefined, "-ask"], []]);
  });
});

Deno.test("resolveComponents() checks components against a lock, which outdoes the table", async (t) => {
  await using folder = await tempFolder();
  const dir = `${folder.path}/dir`, mine = await write(`${dir}/demo.ask.wasm`, MINE);
  const locked = await writeLock(folder.path, { resolved_digest: MINE_SHA256 });
  for (const where of [{ dir }, { map: { "demo.ask": mine } }]) {
    await t.step(`in a ${Object.keys(where)}`, async () => {
      const pack = await openPack(await listing(ASK_SHA256), resolving({ ...where, lock: locked }, TRUSTING));
      assertEquals((await resolved(pack)).slice(1), [mine, MINE_SHA256, "-mine"]);
      assertEquals(verdicts(pack).map((verdict) => (verdict as string[])[1]), [locked]);
    });
  }
  await t.step("in the pack, under the lock's own path", async () => {
    const bundled = await writeLock(folder.path, { bundled_path: "blobs/mine.wasm", wasm_sha256: MINE_HEX });
    const archive = await buildPack(newSpec({ files: new Map([["blobs/mine.wasm", MINE]]) }));
    const pack = await openPack(archive, resolving({ lock: bundled }));
    assertEquals(await resolved(pack), ["pack", "blobs/mine.wasm", MINE_SHA256, "-mine"]);
  });
  await t.step("in the pack, by the packer's lock", async () => {
    const content = {
      version: 1,
      components: { "demo.ask": { ref: "oci://r/a", resolved_digest: ASK_SHA256 } },
    };
    const path = await write(`${folder.path}/pack.lock.json`, JSON.stringify(content));
    assertEquals((await resolved(await openPack(PACK, resolving({ lock: path }))))[2], ASK_SHA256);
  });
  await t.step("by name, where the id is another", async () => {
    const path = await writeLock(folder.path, { component_id: "other", resolved_digest: ASK_SHA256 });
    assertEquals((await resolved(await openPack(PACK, resolving({ lock: path }))))[2], ASK_SHA256);
  });
  await t.step("without a digest, where that is allowed", async () => {
    const path = await writeLock(folder.path, { bundled_path: BUNDLED });
    const pack = await openPack(PACK, resolving({ lock: path, allowMissingHash: true }));
    assertEquals(await resolved(pack), ["pack", BUNDLED, undefined, "-ask"]);
    const error = await assertRejects(() => openPack(PACK, resolving({ lock: path })), RunnerError);
    assertEquals([error.code, error.place], ["lock.invalid", path]);
  });
});

Deno.test("resolveComponents() says which components a lock leaves out", async () => {
  await using folder = await tempFolder();
  const path = await writeLock(folder.path, { name: "other", resolved_digest: ASK_SHA256 });
  const pack = await openPack(await listing(ASK_SHA256), resolving({ lock: path }));
  const message = 'Component "demo.ask" is not in the lock file';
  assertEquals(pack.componentFindings, [{ severity: "warning", code: "lock.invalid", message, place: path }]);
  assertEquals(await resolved(pack), ["pack", BUNDLED, ASK_SHA256, "-ask"]);
});

Deno.test("resolveComponents() takes the components of a lock when the manifest lists none", async () => {
  await using folder = await tempFolder();
  const path = await writeLock(folder.path, { bundled_path: "b.wasm", wasm_sha256: MINE_HEX });
  const archive = await buildPack(newSpec({ components: [], files: new Map([["b.wasm", MINE]]) }));
  const pack = await openPack(archive, resolving({ lock: path }));
  assertEquals(pack.components.map(({ id, version }) => [id, version]), [["demo.ask", "0.0.0"]]);
  assertEquals(await resolved(pack), ["pack", "b.wasm", MINE_SHA256, "-mine"]);
});

Deno.test("resolveComponents() refuses a component with another digest under every policy", async (t) => {
  await using folder = await tempFolder();
  const dir = `${folder.path}/dir`, mine = await write(`${dir}/demo.ask.wasm`, MINE);
  const ask = await writeLock(`${folder.path}/ask`, { resolved_digest: ASK_SHA256 });
  const other = await writeLock(`${folder.path}/mine`, { bundled_path: BUNDLED, wasm_sha256: MINE_HEX });
  const expected = (actual: string, pinned: string) => `its digest is ${actual}, pinned is ${pinned}`;
  const table: [string, Uint8Array, Partial<ResolutionOptions>, string, string][] = [
    ["in the pack", await listing(MINE_SHA256), {}, BUNDLED, expected(ASK_SHA256, MINE_SHA256)],
    ["by BLAKE3", await listing(MINE_BLAKE3), {}, BUNDLED, expected(ASK_BLAKE3, MINE_BLAKE3)],
    ["without prefix", await listing(MINE_HEX), {}, BUNDLED, expected(ASK_SHA256, MINE_HEX)],
    [
      "by another algorithm",
      await listing("md5:0"),
      {},
      BUNDLED,
      "its digest is pinned as md5:0, which is neither sha256 nor blake3",
    ],
    ["by an empty text", await listing(""), {}, BUNDLED, expected(ASK_SHA256, "")],
    [
      "remote but bundled",
      await listing(MINE_SHA256, "remote"),
      {},
      BUNDLED,
      expected(ASK_SHA256, MINE_SHA256),
    ],
    ["in a folder", await listing(ASK_SHA256), { dir }, mine, expected(MINE_SHA256, ASK_SHA256)],
    ["in a folder, by a lock", PACK, { dir, lock: ask }, mine, expected(MINE_SHA256, ASK_SHA256)],
    [
      "in a map, of a component that the pack does not have",
      await remote(ASK_SHA256),
      { map: { "demo.ask": mine } },
      mine,
      expected(MINE_SHA256, ASK_SHA256),
    ],
    [
      "in a map, by a lock",
      PACK,
      { map: { "demo.ask": mine }, lock: ask },
      mine,
      expected(MINE_SHA256, ASK_SHA256),
    ],
    [
      "in the pack, by a lock",
      await listing(ASK_SHA256),
      { lock: other },
      BUNDLED,
      expected(ASK_SHA256, MINE_SHA256),
    ],
  ];
  for (const [name, archive, resolution, place, reason] of table) {
    await t.step(name, async () => {
      for (const options of [DEVOK, TRUSTING]) {
        const open = () => openPack(archive, resolving(resolution, options));
        const error: PackRefused = await assertRejects(open, PackRefused);
        assertEquals([error.code, error.place], ["verify.component_digest", place]);
        assertEquals(error.message, `Component "demo.ask" is not the one that was pinned: ${reason}`);
        const mismatches = error.verdicts.filter(({ verdict }) => verdict === "mismatch");
        assertEquals(mismatches.map(({ check }) => check), ["components"]);
      }
    });
  }
});

Deno.test("resolveComponents() lets strict refuse components from outside that nothing pins", async (t) => {
  await using folder = await tempFolder();
  const mine = await write(`${folder.path}/demo.ask.wasm`, MINE);
  const cases: [string, Uint8Array, Partial<ResolutionOptions>][] = [
    ["a folder", PACK, { dir: folder.path }],
    ["a map", PACK, { map: { "demo.ask": mine } }],
  ];
  for (const [name, archive, resolution] of cases) {
    await t.step(name, async () => {
      const open = () => openPack(archive, resolving(resolution, TRUSTING));
      const error: PackRefused = await assertRejects(open, PackRefused);
      assertEquals([error.code, error.place], ["verify.policy", mine]);
      assert(error.hint?.includes("--lock"), error.hint);
      assertEquals(error.verdicts.at(-1)?.code, "verify.component_unpinned");
      const { verification } = await openPack(archive, resolving(resolution));
      assertEquals([verification.verdicts.at(-1)?.code, verification.verdicts.at(-1)?.waived], [
        "verify.component_unpinned",
        true,
      ]);
    });
  }
  await t.step("but not the pack's own", async () => {
    assertEquals((await openPack(PACK, TRUSTING)).components.length, 1);
  });
});

Deno.test("resolveComponents() lets strict refuse components that differ from the pack's own on purpose", async (t) => {
  await using folder = await tempFolder();
  const mine = await write(`${folder.path}/demo.ask.wasm`, MINE);
  const map = { "demo.ask": mine };
  const older = await buildPack(legacySpec({ signing: SIGNING }));
  const entry = "components/demo.ask@0.1.0/component.wasm";
  const cases: [string, Uint8Array, Partial<ResolutionOptions>, string, string, string][] = [
    ["a map, by the table", await listing(ASK_SHA256), { map }, "table", ASK_SHA256, MINE_SHA256],
    ["a map, by BLAKE3", await listing(ASK_BLAKE3), { map }, "table", ASK_BLAKE3, MINE_BLAKE3],
    ["a map, in an older pack", older, { map }, "manifest", ASK_BLAKE3, MINE_BLAKE3],
    ["a folder, in an older pack", older, { dir: folder.path }, "manifest", ASK_BLAKE3, MINE_BLAKE3],
  ];
  for (const [name, archive, resolution, by, pinned, actual] of cases) {
    await t.step(name, async () => {
      const reason = 'component "demo.ask" comes from outside of the pack and differs from the digest that ' +
        `the pack pins: its digest is ${actual}, pinned is ${pinned}`;
      const open = () => openPack(archive, resolving(resolution, TRUSTING));
      const error: PackRefused = await assertRejects(open, PackRefused);
      assertEquals([error.code, error.place], ["verify.policy", mine]);
      assertEquals(error.message, `Policy strict refuses the pack: ${reason}`);
      const pack = await openPack(archive, resolving(resolution));
      assertEquals(pack.verification.verdicts.at(-1), {
        check: "components",
        verdict: "untrusted",
        place: mine,
        reason,
        code: "verify.component_digest",
        waived: true,
      });
      const component = must(pack.components[0]);
      assertEquals([component.pinned, component.pinnedBy, component.entry], [pinned, by, mine]);
    });
  }
  await t.step("but not the same from outside", async () => {
    const same = await write(`${folder.path}/${entry}`, ASK);
    const pack = await openPack(older, resolving({ map: { "demo.ask": same } }, TRUSTING));
    assertEquals(verdicts(pack), [[
      "verified",
      "manifest.cbor",
      "1 of 1 components have the digest that pins them",
    ]]);
  });
});

Deno.test("resolveComponents() says where a component can be had that is nowhere", async () => {
  await using folder = await tempFolder();
  const spec = newSpec({ sbom: false, extensions: sourcesExtension([sourceRow(ASK_SHA256, "remote")]) });
  const archive = await tampered(spec, (files) => files.delete(BUNDLED));
  const path = await writeLock(folder.path, { resolved_digest: MINE_SHA256 });
  for (
    const [lock, at] of [[null, `oci://r/ask@sha256:1 (${ASK_SHA256})`], [
      path,
      `oci://r/ask@sha256:2 (${MINE_SHA256})`,
    ]] as const
  ) {
    const pack = await openPack(archive, resolving({ lock }));
    const message = `Component "demo.ask" is not in the pack but at ${at}`;
    assertEquals(pack.componentFindings.map(({ code, message }) => [code, message]), [[
      "pack.missing_entry",
      message,
    ]]);
    const component = must(pack.components[0]);
    const [pinned, by] = lock === null ? [ASK_SHA256, "table"] : [MINE_SHA256, "lock"];
    assertEquals([component.origin, component.size], ["pack", undefined]);
    assertEquals([component.pinned, component.pinnedBy], [pinned, by]);
    const error = await assertRejects(() => component.bytes(), RunnerError, message);
    assert(error.hint?.includes("--components-map demo.ask=FILE"), error.hint);
  }
});
