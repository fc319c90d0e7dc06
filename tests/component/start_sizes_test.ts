/** What components start with, told from their bytes. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import { startSizes } from "../../lib/component/start_sizes.ts";
import { fixture, wat } from "./_helpers.ts";

const PAGE = 65_536;

Deno.test("startSizes() counts what an instance of a component takes, its nested ones included", async (t) => {
  const core = "(core module $m (memory 3) (memory 1) (table 5 funcref) (table 2 10 externref))";
  const inner = `(component $c ${core} (core instance (instantiate $m)))`;
  const cases: [name: string, text: string, instances: number, largest: number][] = [
    ["a module that is not instantiated", core, 0, 3],
    ["a module", `${core} (core instance (instantiate $m))`, 1, 3],
    ["a module, twice", `${core} (core instance (instantiate $m)) (core instance (instantiate $m))`, 2, 3],
    ["a component that is not instantiated", inner, 0, 3],
    ["a component, three times", `${inner} ${"(instance (instantiate $c))".repeat(3)}`, 3, 3],
    [
      "a module of the component around",
      `${core} (component $c (alias outer 1 $m (core module $n)) (core instance (instantiate $n)))
        (instance (instantiate $c)) (instance (instantiate $c))`,
      2,
      3,
    ],
    ["an exported module", `${core} (export $e "m" (core module $m)) (core instance (instantiate $e))`, 1, 3],
    [
      "instances that are given things",
      `${core} (core module $n (import "a" "b" (func))) (core module $f (func (export "b")))
        (core instance $i (instantiate $f)) (core instance $j (export "b" (func $i "b")))
        (core instance (instantiate $n (with "a" (instance $j)))) (core instance (instantiate $m))`,
      3,
      3,
    ],
  ];
  for (const [name, text, instances, largest] of cases) {
    await t.step(name, async () => {
      const sizes = startSizes(await wat(`(component ${text})`), "c.wasm");
      const made = name === "instances that are given things" ? 1 : instances;
      assertEquals(sizes, {
        largestMemoryBytes: largest * PAGE,
        largestTable: 5,
        mostTables: 2,
        coreInstances: instances,
        memoryBytes: made * 4 * PAGE,
        tableElements: made * 7,
      });
    });
  }
  await t.step("a table with a first value", async () => {
    const text = "(component (core module $m (table 9 funcref (ref.null func)) (memory 2)))";
    const { largestTable, largestMemoryBytes } = startSizes(await wat(text), "c.wasm");
    assertEquals([largestTable, largestMemoryBytes], [9, 2 * PAGE]);
  });
});

Deno.test("startSizes() throws what preparing a component would", async (t) => {
  await t.step("64-bit memories", async () => {
    const bytes = await wat("(component (core module (memory i64 1)))");
    assertEquals(codeOf(bytes), "component.unmetered");
  });
  await t.step("an end anywhere", async () => {
    const bytes = await fixture("host-user");
    for (let length = 9; length < bytes.length; length += 977) {
      const code = codeOf(bytes.subarray(0, length));
      assert(code === null || code === "component.invalid", `${code} at ${length}`);
    }
  });
});

function codeOf(bytes: Uint8Array): string | null {
  try {
    startSizes(bytes, "c.wasm");
    return null;
  } catch (error) {
    assertThrows(() => {
      throw error;
    }, RunnerError);
    return error instanceof RunnerError ? error.code : null;
  }
}
