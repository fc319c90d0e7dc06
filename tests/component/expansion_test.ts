import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import { BinaryError, BinaryWriter } from "../../lib/component/binary.ts";
import { checkExpansion } from "../../lib/component/expansion.ts";
import { transpile } from "../../lib/component/transpile.ts";
import { fixture, wat } from "./_helpers.ts";

/** Components without code, each of which instantiates the one before ten times. */
function nested(levels: number): string {
  const level = (number: number) =>
    `(component $c${number} (alias outer 1 $c${number - 1} (component $d)) ${
      "(instance (instantiate $d))".repeat(10)
    })`;
  return `(component $c0) ${Array.from({ length: levels }, (_, index) => level(index + 1)).join(" ")}`;
}

Deno.test("checkExpansion() takes the fixtures, and components that are instantiated some times", async () => {
  for (const name of ["echo", "host-user", "greet", "spin-start"]) checkExpansion(await fixture(name));
  checkExpansion(await wat(`(component ${nested(4)} (instance (instantiate $c4)))`));
  // What is never instantiated is never expanded.
  checkExpansion(await wat(`(component ${nested(4)} (component (alias outer 1 $c4 (component $d))))`));
});

Deno.test("checkExpansion() refuses instances that multiply, however a component is named", async (t) => {
  const cases: [name: string, text: string][] = [
    ["by its definition", `${nested(8)} (instance (instantiate $c8))`],
    ["at once", nested(200)],
    [
      "by an export",
      `${nested(4)} (export $e "e" (component $c4)) ${"(instance (instantiate $e))".repeat(10)}`,
    ],
  ];
  for (const [name, text] of cases) {
    await t.step(name, async () => {
      const bytes = await wat(`(component ${text})`);
      assertThrows(() => checkExpansion(bytes), BinaryError, "more than 100000 definitions");
    });
  }
});

Deno.test("checkExpansion() refuses to instantiate what was given as an argument", async () => {
  const bytes = await wat(`(component (component $c0)
    (component $c1 (import "d" (component $d)) (instance (instantiate $d)))
    (instance (instantiate $c1 (with "d" (component $c0)))))`);
  assertThrows(() => checkExpansion(bytes), BinaryError, "not part of it");
});

Deno.test("checkExpansion() throws nothing but a BinaryError, wherever a component ends", async () => {
  const bytes = await wat(
    `(component ${nested(2)} (instance (instantiate $c2)) (export "e" (component $c1)))`,
  );
  for (let length = 8; length < bytes.length; length++) {
    try {
      checkExpansion(bytes.subarray(0, length));
    } catch (error) {
      assert(error instanceof BinaryError);
    }
  }
});

Deno.test("transpile() refuses instances that multiply before the transpiler sees them", async () => {
  const bytes = await wat(`(component ${nested(8)} (instance (instantiate $c8)))`);
  const error = await assertRejects(
    () => transpile(bytes, { imports: [], exports: [] }, "c/x.wasm"),
    RunnerError,
  );
  assertEquals([error.code, error.place], ["component.invalid", "c/x.wasm"]);
  assert(error.message.includes("more than 100000 definitions"), error.message);
});

Deno.test("checkExpansion() refuses components that nest too deeply, before they exhaust the stack", () => {
  let bytes = Uint8Array.from(HEADER);
  for (let level = 0; level < 3000; level++) {
    const nested = new BinaryWriter(bytes.length + 16).bytes(HEADER).u8(4).u32(bytes.length).bytes(bytes);
    bytes = new Uint8Array(nested.view());
  }
  assertThrows(() => checkExpansion(bytes), BinaryError, "nest deeper than 16 levels");
});

/** What every component begins with. */
const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];
