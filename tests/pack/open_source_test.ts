/** Everything that names a pack: paths, addresses, bytes and maps. */

import { assertEquals, assertRejects } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import type { Limits } from "../../lib/base/limits.ts";
import { buildPack } from "../../lib/pack/build.ts";
import { openPack } from "../../lib/pack/open.ts";
import { inputLabel, openSource, stemOf } from "../../lib/pack/open_source.ts";
import type { PackInput } from "../../lib/pack/pack_input.ts";
import { tempFolder } from "../_helpers.ts";
import { ASK, DEVOK, LIMITS, newSpec } from "./_packs.ts";

const ARCHIVE = await buildPack(newSpec());

function refusal(input: PackInput, limits: Limits = LIMITS): Promise<RunnerError> {
  return assertRejects(() => openSource(input, { limits }), RunnerError);
}

Deno.test("openSource() reads an archive from wherever it is", async (t) => {
  await using folder = await tempFolder();
  const path = `${folder.path}/x y.gtpack`;
  await Deno.writeFile(path, ARCHIVE);
  const data = new URL(`data:application/zip;base64,${ARCHIVE.toBase64()}`);
  const blob = new URL(URL.createObjectURL(new Blob([ARCHIVE])));
  const table: [string, PackInput, string, string][] = [
    ["a path", path, "zip", path],
    ["a file: address", new URL(`file://${folder.path}/x%20y.gtpack`), "zip", path],
    ["a data: address", data, "memory", "data"],
    ["a blob: address", blob, "memory", "blob"],
    ["bytes", ARCHIVE, "memory", "memory"],
    ["bytes with a name", { name: "standard input", bytes: ARCHIVE }, "memory", "standard input"],
  ];
  for (const [name, input, kind, label] of table) {
    await t.step(name, async () => {
      const source = await openSource(input, { limits: LIMITS });
      assertEquals([source.kind, source.label, source.bytes], [kind, label, ARCHIVE.length]);
      assertEquals(inputLabel(input), label);
      assertEquals(await source.read("components/demo.ask.wasm"), ASK);
    });
  }
  URL.revokeObjectURL(blob.href);
  const error = await refusal(blob);
  assertEquals([error.code, error.place], ["pack.not_found", "blob"]);
});

Deno.test("openSource() tells a component from an archive by its bytes, whatever its name", async (t) => {
  await using folder = await tempFolder();
  const component = new URL(`data:,%00asm-ask`);
  const table: [string, PackInput, string][] = [
    ["bytes", ASK, "memory.wasm"],
    ["an archive's name", { name: "a/my.pack.gtpack", bytes: ASK }, "my.pack.wasm"],
    ["no extension", { name: "standard input", bytes: ASK }, "standard input.wasm"],
    ["an address", component, "data.wasm"],
    ["a path", `${folder.path}/x.gtpack`, "x.wasm"],
  ];
  await Deno.writeFile(`${folder.path}/x.gtpack`, ASK);
  for (const [name, input, entry] of table) {
    await t.step(name, async () => {
      const source = await openSource(input, { limits: LIMITS });
      assertEquals([source.kind, source.entries.map(({ name }) => name)], ["component", [entry]]);
      assertEquals([await source.read(entry), await source.read("other")], [ASK, undefined]);
    });
  }
  await t.step("an archive under a component's name", async () => {
    const source = await openSource({ name: "x.wasm", bytes: ARCHIVE }, { limits: LIMITS });
    assertEquals(source.kind, "memory");
  });
  await t.step("too large", async () => {
    const error = await refusal(ASK, { ...LIMITS, maxEntryBytes: ASK.length - 1 });
    assertEquals([error.code, error.place], ["pack.limit.entry", "memory"]);
  });
});

Deno.test("openPack() dresses a component as a pack that calls it", async () => {
  const input = { name: "my comp@1.wasm", bytes: ASK };
  const pack = await openPack(input, { ...DEVOK, operation: "run" });
  assertEquals([pack.id, pack.version, pack.layout, pack.entryFlows], [
    ...["my-comp-1", "0.0.0", "component"],
    ["main"],
  ]);
  assertEquals(pack.components.map(({ id, origin, entry }) => [id, origin, entry]), [
    ["my-comp-1", "pack", "my comp@1.wasm"],
  ]);
  assertEquals(await pack.components[0]?.bytes(), ASK);
  assertEquals((await openPack(input, DEVOK)).flows, []);
  const strict = await assertRejects(() => openPack(input, { ...DEVOK, policy: "strict" }), RunnerError);
  assertEquals(strict.code, "verify.policy");
});

Deno.test({
  name: "openSource() needs no permission for addresses that hold their bytes",
  permissions: "none",
  async fn() {
    const data = new URL(`data:;base64,${ARCHIVE.toBase64()}`);
    const blob = new URL(URL.createObjectURL(new Blob([ARCHIVE])));
    for (const address of [data, blob]) {
      assertEquals((await openSource(address, { limits: LIMITS })).bytes, ARCHIVE.length);
    }
    URL.revokeObjectURL(blob.href);
    const error = await refusal(new URL("file:///packs/x.gtpack"));
    assertEquals([error.code, error.hint], ["permission.missing", "Add --allow-read=/packs/x.gtpack"]);
  },
});

Deno.test("openSource() refuses what names no pack", async (t) => {
  for (const address of ["ftp://h/x", "javascript:x", "mailto:x", "ws://h/x"]) {
    await t.step(address, async () => assertEquals((await refusal(new URL(address))).code, "option.invalid"));
  }
  for (const odd of [5, {}, [], { bytes: "x" }]) {
    // Callers in JavaScript are not held by types.
    const input = odd as unknown as PackInput;
    await t.step(
      JSON.stringify(odd),
      async () => assertEquals((await refusal(input)).code, "option.invalid"),
    );
  }
  if (Deno.build.os !== "windows") {
    await t.step("a device", async () => assertEquals((await refusal("/dev/null")).code, "pack.not_zip"));
  }
});

Deno.test("stemOf() takes folder and extension off", () => {
  const table = [
    ...[["a/b.gtpack", "b"], ["a\\b.wasm", "b"], ["b", "b"], ["a.b.c", "a.b"], [".hidden", ".hidden"]],
    ...[["a/b/", "b"], ["", "unknown"], ["/", "unknown"]],
  ] as [string, string][];
  for (const [label, stem] of table) assertEquals(stemOf(label), stem, label);
});
