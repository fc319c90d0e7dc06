/** Where the bytes of components come from: files that a user named, folders, and the pack. */

import { assertEquals, assertRejects } from "@std/assert";
import { decodeCbor, encodeCbor } from "../../lib/base/cbor.ts";
import { sha256Hex } from "../../lib/base/digest.ts";
import { RunnerError } from "../../lib/base/errors.ts";
import type { JsonObject } from "../../lib/base/json.ts";
import { buildPack } from "../../lib/pack/build.ts";
import type { PackComponent } from "../../lib/pack/components.ts";
import { openPack } from "../../lib/pack/open.ts";
import type { Pack } from "../../lib/pack/pack.ts";
import { tempFolder } from "../_helpers.ts";
import {
  BUNDLED,
  DEVOK,
  legacySpec,
  LIMITS,
  MINE,
  must,
  newSpec,
  resolving,
  sourceRow,
  sourcesExtension,
  tampered,
  write,
} from "./_packs.ts";

const MINE_HEX = await sha256Hex(MINE);
const PACK = await buildPack(newSpec());

/** A pack whose one component is elsewhere. */
function without(digest: string): Promise<Uint8Array> {
  const spec = newSpec({ sbom: false, extensions: sourcesExtension([sourceRow(digest, "remote")]) });
  return tampered(spec, (files) => files.delete(BUNDLED));
}

/** A lock that says under which path the component is bundled. */
function locking(path: string): string {
  const row = { name: "demo.ask", source_ref: "oci://r/a", bundled_path: path, wasm_sha256: MINE_HEX };
  return JSON.stringify({ schema_version: 1, components: [row] });
}

function first(pack: Pack): PackComponent {
  return must(pack.components[0]);
}

/** Where the one component comes from, and what it is. */
async function resolved(pack: Pack): Promise<unknown[]> {
  const { origin, entry, pinned, size } = first(pack);
  const bytes = await first(pack).bytes();
  assertEquals(size, bytes.length);
  return [origin, entry, pinned, new TextDecoder().decode(bytes.subarray(4))];
}

Deno.test("resolveComponents() takes components from the pack unless told otherwise", async () => {
  assertEquals(await resolved(await openPack(PACK, DEVOK)), ["pack", BUNDLED, undefined, "-ask"]);
});

Deno.test("resolveComponents() puts the files of a map in the place of components", async (t) => {
  await using folder = await tempFolder();
  const mine = await write(`${folder.path}/mine.bin`, MINE);
  const file = await write(`${folder.path}/map.json`, JSON.stringify({ "demo.ask": mine }));
  for (const [name, map] of [["an object", { "demo.ask": mine }], ["a file", file]] as const) {
    await t.step(name, async () => {
      for (const archive of [PACK, await buildPack(newSpec({ sbom: false }))]) {
        const pack = await openPack(archive, resolving({ map }));
        assertEquals(await resolved(pack), ["map", mine, undefined, "-mine"]);
        assertEquals(pack.componentFindings, []);
        const [verdict] = pack.verification.verdicts.filter(({ check }) => check === "components");
        assertEquals([verdict?.code, verdict?.waived], ["verify.component_unpinned", true]);
      }
    });
  }
  await t.step("before a folder of components", async () => {
    await write(`${folder.path}/dir/demo.ask.wasm`, MINE);
    const pack = await openPack(PACK, resolving({ map: { "demo.ask": mine }, dir: `${folder.path}/dir` }));
    assertEquals(first(pack).origin, "map");
  });
  await t.step("an id that the pack does not have", async () => {
    const pack = await openPack(PACK, resolving({ map: { other: "/absent" } }));
    assertEquals(pack.componentFindings, [{
      severity: "warning",
      code: "components.map",
      message: 'Component "other" of the components map is not in the pack',
    }]);
    assertEquals(first(pack).origin, "pack");
  });
  await t.step("a copy each time", async () => {
    const component = first(await openPack(PACK, resolving({ map: { "demo.ask": mine } })));
    (await component.bytes()).fill(0);
    await Deno.writeTextFile(mine, "changed afterwards");
    assertEquals(await component.bytes(), MINE);
  });
});

Deno.test("resolveComponents() refuses a map that cannot be read", async (t) => {
  await using folder = await tempFolder();
  const path = `${folder.path}/map.json`;
  const contents: [string, string][] = [
    ["{", "is no JSON"],
    ["[]", "is no JSON object"],
    ["null", "is no JSON object"],
    ['{"demo.ask": 5}', 'has no path for component "demo.ask"'],
    ['{"demo.ask": ""}', 'has no path for component "demo.ask"'],
  ];
  for (const [content, what] of contents) {
    await t.step(content, async () => {
      await Deno.writeTextFile(path, content);
      const error = await assertRejects(() => openPack(PACK, resolving({ map: path })), RunnerError);
      assertEquals([error.code, error.place], ["components.map", path]);
      assertEquals(error.message, `Components map "${path}" ${what}`);
    });
  }
  for (const map of ["/absent.json", { "demo.ask": "/absent.json" }]) {
    await t.step(typeof map === "string" ? "no file" : "no component", async () => {
      const error = await assertRejects(() => openPack(PACK, resolving({ map })), RunnerError);
      const what = typeof map === "string" ? "File" : "Component file";
      assertEquals([error.code, error.message], ["components.map", `${what} "/absent.json" does not exist`]);
    });
  }
});

Deno.test("resolveComponents() looks into a folder in five places, in this order", async (t) => {
  const places = [`${MINE_HEX}/component.wasm`, "demo.ask.wasm", BUNDLED];
  await using folder = await tempFolder();
  // From the last place to the first, so that each is found although the later ones are there.
  for (const place of places) {
    await t.step(place, async () => {
      const path = await write(`${folder.path}/${place}`, MINE);
      const pack = await openPack(await without(`sha256:${MINE_HEX}`), resolving({ dir: folder.path }));
      assertEquals(await resolved(pack), ["dir", path, `sha256:${MINE_HEX}`, "-mine"]);
    });
  }
  await t.step("the entry of the older layout", async () => {
    const path = await write(`${folder.path}/components/demo.ask@0.1.0/component.wasm`, MINE);
    const pack = await openPack(await buildPack(legacySpec()), resolving({ dir: folder.path }));
    assertEquals((await resolved(pack)).slice(0, 2), ["dir", path]);
  });
  await t.step("the entry that the table names", async () => {
    await using other = await tempFolder();
    const path = await write(`${other.path}/blobs/sha256/mine.wasm`, MINE);
    const row = sourceRow(`sha256:${MINE_HEX}`, { inline: { wasm_path: "blobs/sha256/mine.wasm" } });
    const archive = await buildPack(newSpec({ extensions: sourcesExtension([row]) }));
    const pack = await openPack(archive, resolving({ dir: other.path }));
    assertEquals(await resolved(pack), ["dir", path, `sha256:${MINE_HEX}`, "-mine"]);
  });
  await t.step("the entry that a lock names", async () => {
    await using other = await tempFolder();
    const path = await write(`${other.path}/blobs/mine.wasm`, MINE);
    const lock = await write(`${other.path}/pack.lock`, locking("blobs/mine.wasm"));
    const pack = await openPack(PACK, resolving({ dir: other.path, lock }));
    assertEquals(await resolved(pack), ["dir", path, `sha256:${MINE_HEX}`, "-mine"]);
  });
  await t.step("none of them", async () => {
    await using other = await tempFolder();
    await write(`${other.path}/${MINE_HEX}/component.wasm`, MINE);
    const pack = await openPack(PACK, resolving({ dir: other.path }));
    assertEquals(await resolved(pack), ["pack", BUNDLED, undefined, "-ask"]);
  });
});

Deno.test("resolveComponents() never leaves the folder, whatever the manifest says", async () => {
  await using folder = await tempFolder();
  await write(`${folder.path}/outside.wasm`, MINE);
  await Deno.mkdir(`${folder.path}/dir/components`, { recursive: true });
  for (
    const entry of ["../outside.wasm", "components/../../outside.wasm", `${folder.path}/outside.wasm`, ""]
  ) {
    const archive = await tampered(legacySpec({ sbom: false }), (files) => {
      const manifest = decodeCbor(must(files.get("manifest.cbor"))) as JsonObject;
      const components = [{ name: "demo.ask", version: "0.1.0", file_wasm: entry }];
      files.set("manifest.cbor", encodeCbor({ ...manifest, components }, { order: "given" }));
    });
    const pack = await openPack(archive, resolving({ dir: `${folder.path}/dir` }));
    assertEquals(pack.componentFindings.map(({ code }) => code), ["pack.missing_entry"], entry);
    if (entry === "") continue;
    const lock = await write(`${folder.path}/pack.lock`, locking(entry));
    const locked = await openPack(PACK, resolving({ dir: `${folder.path}/dir`, lock }));
    assertEquals(locked.componentFindings.map(({ code }) => code), ["pack.missing_entry"], entry);
  }
  const named = newSpec({ components: [{ id: "..", version: "1.0.0", world: "w", bytes: MINE }] });
  const pack = await openPack(
    await buildPack({ ...named, flows: [] }),
    resolving({ dir: `${folder.path}/dir` }),
  );
  assertEquals(first(pack).origin, "pack");
});

Deno.test("resolveComponents() holds the limit of an entry for files from outside", async () => {
  await using folder = await tempFolder();
  const mine = await write(`${folder.path}/demo.ask.wasm`, MINE);
  for (const where of [{ map: { "demo.ask": mine } }, { dir: folder.path }]) {
    const limits = { ...LIMITS, maxEntryBytes: 4000 };
    await write(mine, new Uint8Array(4000));
    assertEquals(first(await openPack(PACK, resolving(where, { ...DEVOK, limits }))).size, 4000);
    await write(mine, new Uint8Array(4001));
    const error = await assertRejects(
      () => openPack(PACK, resolving(where, { ...DEVOK, limits })),
      RunnerError,
    );
    assertEquals([error.code, error.place], ["pack.limit.entry", mine]);
    assertEquals(error.message, `The size of component "${mine}" exceeds the limit maxEntryBytes of 4000`);
  }
});

Deno.test({
  name: "resolveComponents() names the permission that is missing",
  permissions: { read: false },
  async fn() {
    for (const map of ["my/map.json", { "demo.ask": "my/map.json" }]) {
      const error = await assertRejects(() => openPack(PACK, resolving({ map })), RunnerError);
      assertEquals([error.code, error.hint], ["permission.missing", "Add --allow-read=my/map.json"]);
    }
    const error = await assertRejects(() => openPack(PACK, resolving({ lock: "my/pack.lock" })), RunnerError);
    assertEquals([error.code, error.hint], ["permission.missing", "Add --allow-read=my/pack.lock"]);
  },
});
