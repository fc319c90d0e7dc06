import { assertEquals, assertRejects } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import type { Progress } from "../../lib/base/progress.ts";
import { ComponentLibrary } from "../../lib/component/library.ts";
import { isPrepared } from "../../lib/component/prepare.ts";
import { DEFAULT_LIMITS } from "../../lib/base/limits.ts";
import { tempFolder } from "../_helpers.ts";
import { files, fixture, hostOptions, SCHEMA_CORE, wat } from "./_helpers.ts";

/** A component that exports an instance under one name and imports one under another. */
async function importing(wanted: string, exported: string): Promise<Uint8Array> {
  return await wat(`(component (import "${wanted}" (instance (export "f" (func))))
    (core module $m (func (export "f") (result i32) (i32.const 0)))
    (core instance $i (instantiate $m))
    (func $f (result u32) (canon lift (core func $i "f")))
    (instance $p (export "f" (func $f)))
    (export "${exported}" (instance $p)) (export "${SCHEMA_CORE}" (instance $p)))`);
}

Deno.test("look() throws what ready() throws before it transpiles", async (t) => {
  const [left, right] = ["acme:ring/left@1.0.0", "acme:ring/right@1.0.0"];
  const late = `(component (component $inner (core func $new (canon waitable-set.new)))
    (core module $m (func (export "f") (result i32) (i32.const 0)))
    (core instance $i (instantiate $m))
    (func $f (result u32) (canon lift (core func $i "f")))
    (instance $p (export "invoke" (func $f))) (export "${SCHEMA_CORE}" (instance $p)))`;
  const components = files(["wants-more", "no-world", "core-module"], {
    left: await importing(right, left),
    right: await importing(left, right),
    late: await wat(late),
  });
  const table = [
    ["wants-more", "component.import_missing"],
    ["no-world", "component.world"],
    ["core-module", "component.not_component"],
    ["left", "component.invalid"],
    ["late", "component.unmetered"],
    ["absent", "node.component"],
  ] as const;
  for (const [id, code] of table) {
    await t.step(id, async () => {
      const { options } = hostOptions({ components });
      const looked: RunnerError = await assertRejects(
        () => new ComponentLibrary(options, new Map()).look({ id, via: "component" }),
        RunnerError,
      );
      const ready: RunnerError = await assertRejects(
        () => new ComponentLibrary(options, new Map()).ready(id, "component"),
        RunnerError,
      );
      assertEquals([looked.code, looked.message], [code, ready.message]);
    });
  }
});

Deno.test("look() gives the borders of a component and of those that it is linked to, and prepares none", async () => {
  await using temp = await tempFolder();
  const { options } = hostOptions({ components: files(["router", "adapter", "greet"]), cacheDir: temp.path });
  const library = new ComponentLibrary(options, new Map());
  const found = await library.look({ id: "adapter", via: "component" });
  assertEquals(Array.from(found.keys(), ({ id }) => id), ["adapter", "router"]);
  assertEquals(await library.keys(), []);
  const where = { limits: DEFAULT_LIMITS, cacheDir: temp.path };
  assertEquals(await isPrepared(await fixture("adapter"), where), false);
  await library.ready("adapter", "component");
  assertEquals(await isPrepared(await fixture("adapter"), where), true);
  assertEquals(await isPrepared(await fixture("greet"), where), false);
});

Deno.test("readyAll() tells which component is prepared before it is, and only those that are not there", async () => {
  await using temp = await tempFolder();
  const wishes = ["greet", "echo"].map((id) => ({ id, via: "component" } as const));
  async function told(): Promise<Progress[]> {
    const all: Progress[] = [];
    const progress = (progress: Progress) => void all.push(progress);
    const { options } = hostOptions({ components: files(["greet", "echo"]), cacheDir: temp.path, progress });
    await new ComponentLibrary(options, new Map()).readyAll(wishes);
    return all;
  }
  const [cold, warm] = [await told(), await told()];
  const preparing = cold.filter((one) => one.type === "preparing");
  assertEquals(preparing.map(({ number, of }) => `${number} of ${of}`), ["1 of 2", "2 of 2"]);
  for (const { id, bytes } of preparing) assertEquals(bytes, (await fixture(id)).length);
  assertEquals(warm.filter(({ type }) => type === "preparing"), []);
  for (const [all, cacheHit] of [[cold, false], [warm, true]] as const) {
    const prepared = all.filter((one) => one.type === "prepared");
    assertEquals(prepared.map(({ id }) => id).sort(), ["echo", "greet"]);
    assertEquals(prepared.map((one) => one.cacheHit), [cacheHit, cacheHit]);
  }
});

Deno.test("readyAll() tells once what hinders it to keep components, however many there are", async () => {
  await using temp = await tempFolder();
  const cacheDir = `${temp.path}/file`;
  await Deno.writeTextFile(cacheDir, "");
  const { options, events } = hostOptions({ components: files(["greet", "echo"]), cacheDir });
  const wishes = ["greet", "echo"].map((id) => ({ id, via: "component" } as const));
  await new ComponentLibrary(options, new Map()).readyAll(wishes);
  const told = events.flatMap((event) => event.type === "warning" ? [event.message] : []);
  assertEquals(told.filter((message) => message.includes("mkdir")).length, 1, told.join("\n"));
});
