import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import { BinaryError, BinaryWriter } from "../../lib/component/binary.ts";
import { numberOf, stubCores } from "../../lib/component/stubs.ts";
import { transpile } from "../../lib/component/transpile.ts";
import { readShape } from "../../lib/component/world.ts";
import { fixture, wat } from "./_helpers.ts";

const NODE = "greentic:component/node@0.4.0";

Deno.test("stubCores() keeps what a component is, without its code", async (t) => {
  for (const name of ["echo", "host-user", "spin", "spin-start"]) {
    await t.step(name, async () => {
      const bytes = await fixture(name);
      const { component, cores } = stubCores(bytes);
      assertEquals(readShape(component, name), readShape(bytes, name));
      assert(component.length < bytes.length);
      assert(cores.every((core) => WebAssembly.validate(new Uint8Array(core))));
    });
  }
});

Deno.test("stubCores() numbers the modules of nested components too", async () => {
  const bytes = await wat(`(component
    (core module (func (export "a")))
    (component (core module (func (export "b") (result i32) (i32.const 1))) (component (core module))))`);
  const { component, cores } = stubCores(bytes);
  assertEquals(cores.length, 3);
  assertEquals(cores.map((core) => numberOf(core)), [null, null, null]);
  const numbers: (number | null)[] = [];
  for (let at = 8; at + 8 < component.length; at++) {
    const head = component.subarray(at, at + 8);
    if (head.every((byte, i) => byte === [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0][i])) {
      // A module ends where its parent's section does: its size stands right before it.
      numbers.push(numberOf(component.subarray(at, at + component[at - 1]!)));
    }
  }
  assertEquals(numbers, [0, 1, 2]);
});

Deno.test("stubCores() throws nothing but a BinaryError, wherever a component ends", async () => {
  const bytes = await fixture("greet");
  for (let length = 8; length < bytes.length; length += 7) {
    try {
      stubCores(bytes.subarray(0, length));
    } catch (error) {
      assert(error instanceof BinaryError);
    }
  }
  assertThrows(() => stubCores(Uint8Array.of(0, 0x61, 0x73, 0x6d, 13, 0, 1, 0, 1, 200)), BinaryError);
  assertThrows(() => stubCores(deep(20)), BinaryError, "deeper");
});

Deno.test("stubCores() refuses a component of more functions than any has", () => {
  const component = (...counts: number[]) =>
    componentOf(
      counts.map((count) => [...leb(count), ...count > 1000 ? [] : Array(count).fill([2, 0, 0x0b]).flat()]),
    );
  assertEquals(stubCores(component(1000, 1000)).cores.length, 2);
  for (const counts of [[200_001], [1000, 199_001], [0x0fff_ffff]]) {
    assertThrows(() => stubCores(component(...counts)), BinaryError, "more than 200000 functions");
  }
});

Deno.test("stubCores() refuses a component of more locals than any has", () => {
  /** Function bodies with so many locals in each group. */
  const bodies = (...groups: number[][]) => [
    ...leb(groups.length),
    ...groups.flatMap((counts) => {
      const locals = counts.flatMap((count) => [...leb(count), 0x7f]);
      return [...leb(locals.length + 2), counts.length, ...locals, 0x0b];
    }),
  ];
  assertEquals(stubCores(componentOf([bodies([40_000, 9000], [50_000])])).cores.length, 1);
  const many = Array<number[]>(150).fill([40_000]);
  for (
    const cores of [[bodies(...many, ...many)], [bodies(...many), bodies(...many)], [bodies([0xffff_ffff])]]
  ) {
    assertThrows(() => stubCores(componentOf(cores)), BinaryError, "more than 10000000 locals");
  }
});

/** A component of core modules, each of which is one code section of these contents. */
function componentOf(codes: readonly (readonly number[])[]): Uint8Array {
  const core = (
    code: readonly number[],
  ) => [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 10, ...leb(code.length), ...code];
  const cores = codes.map(core);
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 13, 0, 1, 0],
    ...cores.flatMap((core) => [1, ...leb(core.length), ...core]),
  ]);
}

/** A number as LEB128. */
function leb(value: number): number[] {
  return [...new BinaryWriter().u32(value).view()];
}

Deno.test("transpile() gives the whole core modules back", async () => {
  const bytes = await fixture("spin");
  const { cores } = await transpile(bytes, readShape(bytes, "spin"), "spin");
  const whole = stubCores(bytes).cores.map((core) => core.length);
  assertEquals(
    cores.map((core) => core.bytes.length).filter((size) => whole.includes(size)).length,
    whole.length,
  );
});

Deno.test("transpile() refuses code that would only become valid by metering", async () => {
  // The module has no globals: the first one will be the counter of metering.
  const bytes = await wat(`(component
    (core module $m (func (export "f") (nop) (nop) (nop) (nop) (nop)))
    (core instance $i (instantiate $m))
    (func $f (canon lift (core func $i "f")))
    (instance $node (export "get-manifest" (func $f)))
    (export "${NODE}" (instance $node)))`);
  const at = indexOf(bytes, [1, 1, 1, 1, 1]);
  // `i32.const 0`, `global.set 0`, `nop` in the place of five times `nop`
  bytes.set([0x41, 0x00, 0x24, 0x00, 0x01], at);
  const error = await assertRejects(() => transpile(bytes, readShape(bytes, "x"), "c/x.wasm"), RunnerError);
  assertEquals([error.code, error.place], ["component.invalid", "c/x.wasm"]);
});

function indexOf(bytes: Uint8Array, wanted: readonly number[]): number {
  const at = bytes.findIndex((_, i) => wanted.every((byte, j) => bytes[i + j] === byte));
  assert(at > 0, "the bytes are there");
  return at;
}

/** Components in components. */
function deep(levels: number): Uint8Array {
  let bytes = [0, 0x61, 0x73, 0x6d, 13, 0, 1, 0];
  for (let level = 0; level < levels; level++) {
    const size = bytes.length;
    const length = size < 128 ? [size] : [(size & 0x7f) | 0x80, size >> 7];
    bytes = [0, 0x61, 0x73, 0x6d, 13, 0, 1, 0, 4, ...length, ...bytes];
  }
  return Uint8Array.from(bytes);
}
