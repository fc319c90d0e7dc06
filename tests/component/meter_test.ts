/** Metering, checked by running what it writes. Long, because every kind of work that must be paid for has its case. */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { RunnerError } from "../../lib/base/errors.ts";
import { MAX_UNPAID_COST } from "../../lib/component/recursion.ts";
import { meterModule } from "../../lib/component/meter.ts";
import { METER_EXPORTS } from "../../lib/component/meter_exports.ts";
import { fixture, metered, runnerErrorOf, Stopped, wat } from "./_helpers.ts";

const COUNT_LOOP = `(func (export "f") (param i32) (result i32) (local $sum i32)
  (loop $l
    (local.set $sum (i32.add (local.get $sum) (local.get 0)))
    (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
  (local.get $sum))`;

interface Case {
  readonly name: string;
  /** A module that exports `f`. */
  readonly body: string;
  readonly args?: readonly unknown[];
  /** What `f` gives, metered and not. */
  readonly gives: unknown;
  /** What it costs. */
  readonly costs: number;
}

const CASES: readonly Case[] = [
  { name: "a loop pays at every round", body: COUNT_LOOP, args: [10], gives: 55, costs: 10 },
  {
    name: "nested loops with parameters pay each",
    body: `(func (export "f") (result i32) (local $i i32) (local $j i32)
      (i32.const 0)
      (loop $outer (param i32) (result i32)
        (local.set $j (i32.const 3))
        (loop $inner (param i32) (result i32)
          (i32.add (i32.const 2))
          (br_if $inner (local.tee $j (i32.sub (local.get $j) (i32.const 1)))))
        (br_if $outer (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 4)))))`,
    gives: 24,
    costs: 4 + 12,
  },
  {
    name: "br_table back to a loop",
    body: `(func (export "f") (param i32) (result i32)
      (loop $l
        (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
        (block $out (br_table $out $l (i32.gt_s (local.get 0) (i32.const 0)))))
      (local.get 0))`,
    args: [7],
    gives: 0,
    costs: 7,
  },
  {
    name: "direct recursion",
    body: `(func $f (export "f") (param i32) (result i32)
      (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 1))
        (else (i32.add (call $f (i32.sub (local.get 0) (i32.const 1))) (i32.const 1)))))`,
    args: [5],
    gives: 6,
    costs: 6,
  },
  {
    name: "mutual recursion over three functions",
    body: `(func $a (export "f") (param i32) (result i32)
        (if (result i32) (local.get 0) (then (call $b (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 1))))
      (func $b (param i32) (result i32)
        (if (result i32) (local.get 0) (then (call $c (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 2))))
      (func $c (param i32) (result i32)
        (if (result i32) (local.get 0) (then (call $a (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 3))))`,
    args: [7],
    gives: 2,
    costs: 8,
  },
  {
    name: "recursion through a table",
    body: `(type $t (func (param i32) (result i32))) (table funcref (elem $f))
      (func $f (export "f") (type $t)
        (if (result i32) (local.get 0)
          (then (call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))
          (else (i32.const 42))))`,
    args: [4],
    gives: 42,
    costs: 5 * (1 + MAX_UNPAID_COST),
  },
  {
    name: "recursion through a reference",
    body: `(type $t (func (param i32) (result i32))) (elem declare func $f)
      (func $f (export "f") (type $t)
        (if (result i32) (local.get 0)
          (then (call_ref $t (i32.sub (local.get 0) (i32.const 1)) (ref.func $f)))
          (else (i32.const 43))))`,
    args: [3],
    gives: 43,
    costs: 4 * (1 + MAX_UNPAID_COST),
  },
  {
    name: "a tail call to itself",
    body: `(func $f (export "f") (param i32) (result i32)
      (if (result i32) (local.get 0) (then (return_call $f (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 7))))`,
    args: [100_000],
    gives: 7,
    costs: 100_001,
  },
  {
    name: "a tail call through a table",
    body: `(type $t (func (param i32) (result i32))) (table funcref (elem $f))
      (func $f (export "f") (type $t)
        (if (local.get 0)
          (then (return_call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0))))
        (i32.const 8))`,
    args: [100_000],
    gives: 8,
    costs: 100_001 * (1 + MAX_UNPAID_COST),
  },
  {
    name: "calls without a cycle cost nothing",
    body: `(func $leaf (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
      (func $twice (param i32) (result i32) (call $leaf (call $leaf (local.get 0))))
      (func (export "f") (param i32) (result i32) (call $twice (call $twice (local.get 0))))`,
    args: [1],
    gives: 81,
    costs: 0,
  },
  {
    name: "bulk memory pays a unit, and one for 64 bytes",
    body: `(memory (export "m") 2) (data $d "0123456789")
      (func (export "f") (result i32)
        (memory.fill (i32.const 0) (i32.const 65) (i32.const 65536))
        (memory.copy (i32.const 65536) (i32.const 0) (i32.const 6400))
        (memory.init $d (i32.const 65540) (i32.const 2) (i32.const 3))
        (i32.load8_u (i32.const 65541)))`,
    gives: 0x33,
    costs: 1024 + 100 + 3,
  },
  {
    name: "bulk tables pay a unit, and one for 8 items",
    body: `(table $t 100 funcref) (elem $e func 0 0 0 0 0 0 0 0)
      (func (export "f") (result i32)
        (drop (table.grow $t (ref.null func) (i32.const 80)))
        (table.fill $t (i32.const 0) (ref.func 0) (i32.const 40))
        (table.copy $t $t (i32.const 100) (i32.const 0) (i32.const 80))
        (table.init $t $e (i32.const 50) (i32.const 0) (i32.const 8))
        (i32.add (table.size $t) (ref.is_null (table.get $t (i32.const 139)))))`,
    gives: 180,
    costs: 10 + 5 + 10 + 1 + 4,
  },
  {
    name: "casts and references",
    body: `(func (export "f") (result i32)
        (i32.add
          (ref.test (ref i31) (ref.i31 (i32.const 1)))
          (i31.get_u (ref.cast (ref i31) (ref.i31 (i32.const 200))))))`,
    gives: 201,
    costs: 0,
  },
  {
    name: "calls in a loop pay for the callee",
    body: `(func $leaf (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
      (func $twice (param i32) (result i32) (call $leaf (call $leaf (local.get 0))))
      (func (export "f") (param i32) (result i32) (local $sum i32)
        (loop $l
          (local.set $sum (i32.add (local.get $sum) (call $twice (local.get 0))))
          (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get $sum))`,
    args: [4],
    gives: 90,
    costs: 4 * (1 + 3),
  },
  {
    name: "many results",
    body: `(func $pair (param i32) (result i32 i64) (local.get 0) (i64.const 9))
      (func (export "f") (param i32) (result i32 i64 i32)
        (local.get 0)
        (loop (param i32) (result i32 i64) (call $pair))
        (i32.const 3))`,
    args: [2],
    gives: [2, 9n, 3],
    costs: 1 + 1,
  },
  {
    name: "SIMD",
    body: `(memory 1)
      (func (export "f") (result i32)
        (v128.store (i32.const 16) (i32x4.add (v128.const i32x4 1 2 3 4) (i32x4.splat (i32.const 5))))
        (loop)
        (i32x4.extract_lane 2 (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
          (v128.load (i32.const 16)) (v128.const i64x2 0 0))))`,
    gives: 8,
    costs: 1,
  },
  {
    name: "several memories",
    body: `(memory $a 1) (memory $b 1)
      (func (export "f") (result i32)
        (memory.fill $b (i32.const 0) (i32.const 9) (i32.const 128))
        (memory.copy $a $b (i32.const 4) (i32.const 0) (i32.const 64))
        (i32.load8_u $a (i32.const 4)))`,
    gives: 9,
    costs: 3 + 2,
  },
  {
    name: "work in code that is never reached",
    body:
      `(memory 1) (func (export "f") (result i32) (return (i32.const 1)) (memory.fill) (drop (memory.grow)) (loop))`,
    gives: 1,
    costs: 0,
  },
  {
    name: "a local beside locals of other types",
    body: `(memory 1) (func (export "f") (param i64) (result f32) (local externref f32 v128 i64)
      (local.set 2 (f32.const 1.5))
      (memory.fill (i32.const 0) (i32.const 1) (i32.const 64))
      (drop (memory.grow (i32.const 1)))
      (local.get 2))`,
    args: [3n],
    gives: 1.5,
    costs: 1 + 1,
  },
];

Deno.test("meterModule() keeps what a module computes and counts what it does", async (t) => {
  for (const { name, body, args = [], gives, costs } of CASES) {
    await t.step(name, async () => {
      const bytes = await wat(`(module ${body})`);
      const plain = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.f as (
        ...args: readonly unknown[]
      ) => unknown;
      assertEquals(plain(...args), gives);
      const module = await metered(bytes);
      assertEquals(module.exports.f!(...args), gives);
      assertEquals(module.paid(), costs);
      assertEquals(module.asked(), 0);
    });
  }
});

Deno.test("meterModule() asks the host when the units are used up, and goes on when it refills", async () => {
  const module = await metered(`(module ${COUNT_LOOP})`);
  module.refuel(10);
  assertEquals(module.exports.f!(10), 55);
  assertEquals(module.asked(), 0);
  module.refuel(10);
  assertEquals(module.exports.f!(34), 595);
  // Asked at the units 11, 22 and 33: a question is put when one more than the refill was spent.
  assertEquals(module.asked(), 3);
  assertEquals(module.paid(), 34);
});

Deno.test("meterModule() lets a host stop what never ends", async (t) => {
  const cases: [string, string][] = [
    ["a loop", "(func $f (loop $l (br $l)))"],
    ["a loop in a branch", "(func $f (block $b (loop $l (br_table $l $l $l (i32.const 1)))))"],
    ["tail calls", "(func $f (return_call $f))"],
    ["tail calls in turn", "(func $f (return_call $g)) (func $g (return_call $f))"],
    [
      "tail calls through a table",
      "(table funcref (elem $f)) (func $f (return_call_indirect (i32.const 0)))",
    ],
    [
      "tail calls through a reference",
      "(type $t (func)) (elem declare func $f) (func $f (type $t) (return_call_ref $t (ref.func $f)))",
    ],
    [
      "two calls at every depth",
      "(func $g (param i32) (if (local.get 0) (then (call $g (i32.sub (local.get 0) (i32.const 1))) " +
      "(call $g (i32.sub (local.get 0) (i32.const 1)))))) (func $f (call $g (i32.const 1000)))",
    ],
    [
      "filling",
      "(memory 16) (func $f (loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 1048576)) (br $l)))",
    ],
    ["growing", "(memory 1) (func $f (loop $l (drop (memory.grow (i32.const 1))) (br $l)))"],
  ];
  for (const [name, body] of cases) {
    await t.step(name, async () => {
      const module = await metered(`(module ${body} (export "f" (func $f)))`);
      module.refuel(1000, 50);
      assertThrows(() => module.exports.f!(), Stopped);
      assertEquals(module.asked(), 50);
    });
  }
});

Deno.test("meterModule() stops a bulk operation before it starts", async () => {
  const module = await metered(
    '(module (memory (export "m") 16) (func (export "f") (memory.fill (i32.const 0) (i32.const 7) (i32.const 1048576))))',
  );
  module.refuel(100, 1);
  assertThrows(() => module.exports.f!(), Stopped);
  assertEquals(new Uint8Array((module.raw.m as WebAssembly.Memory).buffer)[0], 0);
});

Deno.test("meterModule() counts lengths as unsigned numbers", async () => {
  const module = await metered(
    '(module (memory 1) (func (export "f") (memory.fill (i32.const 0) (i32.const 7) (i32.const -1))))',
  );
  assertThrows(() => module.exports.f!(), WebAssembly.RuntimeError, "out of bounds");
  assertEquals(module.paid(), (0xffffffff >>> 6) + 1);
});

Deno.test("meterModule() turns a start function into an export", async () => {
  const module = await metered(`(module
    (global $g (export "g") (mut i32) (i32.const 1))
    (func $start (global.set $g (i32.const 2)))
    (start $start))`);
  const global = module.raw.g as WebAssembly.Global;
  assertEquals(global.value, 1);
  module.exports[METER_EXPORTS.start]!();
  assertEquals(global.value, 2);
  const without = await metered("(module)");
  assertEquals(without.exports[METER_EXPORTS.start], undefined);
});

Deno.test("meterModule() leaves imports, exports and indexes as they were", async () => {
  const host = {
    m: {
      call: (value: number) => value + 1,
      global: new WebAssembly.Global({ value: "i32", mutable: true }, 5),
      memory: new WebAssembly.Memory({ initial: 1, maximum: 2 }),
      table: new WebAssembly.Table({ element: "anyfunc", initial: 2, maximum: 2 }),
    },
  };
  const text = `(module
    (import "m" "call" (func $call (param i32) (result i32)))
    (import "m" "global" (global $ig (mut i32)))
    (import "m" "memory" (memory 1 2))
    (import "m" "table" (table $it 2 2 funcref))
    (global $dg (mut i32) (i32.const 7))
    (table $dt 3 funcref)
    (elem (table $it) (i32.const 1) func $add)
    (elem $passive func $add)
    (data (i32.const 8) "\\2a")
    (func $add (param i32) (result i32) (i32.add (local.get 0) (i32.load8_u (i32.const 8))))
    (func $unused (loop $l (br_if $l (i32.const 0))))
    (func (export "f") (result i32)
      (call $unused)
      (global.set $ig (i32.const 6))
      (i32.add
        (call $call (call_indirect $it (param i32) (result i32) (global.get $dg) (i32.const 1)))
        (table.size $dt))))`;
  const module = await metered(text, { imports: host });
  assertEquals(module.exports.f!(), 7 + 42 + 1 + 3);
  assertEquals(host.m.global.value, 6);
  const exported = WebAssembly.Module.exports(
    new WebAssembly.Module(
      new Uint8Array(meterModule(await wat(text), { maxPages: 4, maxTableElements: 100_000, place: "x" })),
    ),
  );
  assertEquals(exported.map(({ name, kind }) => `${kind} ${name}`), [
    "function f",
    `table ${METER_EXPORTS.table}`,
    `global ${METER_EXPORTS.counter}`,
    `global ${METER_EXPORTS.growRefused}`,
    `table ${METER_EXPORTS.ownTable}0`,
  ]);
});

Deno.test("meterModule() caps memory and notes when growth was refused", async (t) => {
  const grow = '(func (export "f") (param i32) (result i32) (memory.grow (local.get 0)))';
  const cases: [string, string, number, number, boolean][] = [
    ["within the cap", "(memory 1)", 3, 1, false],
    ["up to the cap", "(memory 1)", 15, 1, false],
    ["beyond the cap", "(memory 1)", 16, -1, true],
    ["beyond its own maximum, which is no cap of ours", "(memory 1 4)", 4, -1, false],
    ["a maximum above the cap", "(memory 1 1000)", 16, -1, true],
    ["by nothing", "(memory 16)", 0, 16, false],
  ];
  for (const [name, memory, by, gives, refused] of cases) {
    await t.step(name, async () => {
      const module = await metered(`(module ${memory} ${grow})`);
      assertEquals(module.exports.f!(by), gives);
      assertEquals(module.growRefused, refused);
    });
  }
  await t.step("every memory", async () => {
    const module = await metered(
      '(module (memory $a 1) (memory $b 1) (func (export "f") (result i32) (memory.grow $b (i32.const 16))))',
    );
    assertEquals(module.exports.f!(), -1);
  });
});

Deno.test("meterModule() caps tables and notes when growth was refused", async (t) => {
  const grow = '(func (export "f") (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0)))';
  const cases: [string, string, number, number, boolean][] = [
    ["within the cap", "(table $t 1 funcref)", 9, 1, false],
    ["beyond the cap", "(table $t 1 funcref)", 10, -1, true],
    ["beyond its own maximum, which is no cap of ours", "(table $t 1 4 funcref)", 4, -1, false],
    ["a maximum above the cap", "(table $t 1 1000 funcref)", 10, -1, true],
  ];
  for (const [name, table, by, gives, refused] of cases) {
    await t.step(name, async () => {
      const module = await metered(`(module ${table} ${grow})`, { maxTableElements: 10 });
      assertEquals(module.exports.f!(by), gives);
      assertEquals(module.growRefused, refused);
    });
  }
  await t.step("a table that starts beyond it", async () => {
    const bytes = await wat("(module (table 11 funcref))");
    const options = { maxPages: 4, maxTableElements: 10, place: "c/x.wasm" };
    const error = assertThrows(() => meterModule(bytes, options), RunnerError, "a table of 11 elements");
    assertEquals([error.code, error.place], ["limit.table", "c/x.wasm"]);
    assertStringIncludes(error.hint!, "--max-table-elements");
  });
});

Deno.test("meterModule() shows the host every memory of a module, whether it is exported or not", async () => {
  const rewritten = meterModule(await wat('(module (memory 1) (memory 2) (memory (export "m") 3))'), {
    ...{ maxPages: 4, maxTableElements: 10, place: "x" },
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(rewritten)));
  const pages = [0, 1, 2].map((index) =>
    (exports[`${METER_EXPORTS.memory}${index}`] as WebAssembly.Memory).buffer.byteLength / 65536
  );
  assertEquals(pages, [1, 2, 3]);
});

Deno.test("meterModule() refuses what it cannot meter, by name", async (t) => {
  const tag = "(tag $t)";
  const cases: [string, string, string][] = [
    ["throw", `${tag} (func (throw $t))`, '"throw"'],
    ["structs", "(type $s (struct)) (func (drop (struct.new $s)))", "structs"],
    [
      "arrays",
      "(type $a (array i32)) (func (drop (array.new_default $a (i32.const 9))))",
      "arrays",
    ],
    ["try_table", `${tag} (func (block $h (try_table (catch $t $h) (loop $l (br $l)))))`, '"try_table"'],
    [
      "waiting on memory",
      "(memory 1 1 shared) (func (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))",
      '"memory.atomic.wait"',
    ],
    ["a 64-bit memory", "(memory i64 1)", "64-bit memory or table"],
    ["an imported 64-bit table", '(import "m" "t" (table i64 1 funcref))', "64-bit memory or table"],
  ];
  for (const [name, body, message] of cases) {
    await t.step(name, async () => {
      const bytes = await wat(`(module ${body})`);
      const error = assertThrows(
        () => meterModule(bytes, { maxPages: 4, maxTableElements: 100_000, place: "c/x.wasm" }),
        RunnerError,
        message,
      );
      assertEquals([error.code, error.place], ["component.unmetered", "c/x.wasm"]);
    });
  }
});

Deno.test("meterModule() refuses a module that starts above the cap", async () => {
  const bytes = await wat("(module (memory 5))");
  const error = assertThrows(
    () => meterModule(bytes, { maxPages: 4, maxTableElements: 100_000, place: "c/x.wasm" }),
    RunnerError,
  );
  assertEquals([error.code, error.place], ["limit.memory", "c/x.wasm"]);
  assertEquals(error.message, "Component starts with 5 pages of memory, the limit is 4");
  assertStringIncludes(error.hint!, "--max-memory-mb");
  meterModule(bytes, { maxPages: 5, maxTableElements: 100_000, place: "x" });
});

Deno.test("meterModule() drops custom sections and keeps all others in their order", async () => {
  const bytes = await wat(
    '(module $named (memory 1) (data $d "a") (func $f (data.drop $d)) (start $f) (@custom "x" "y"))',
  );
  const text = new TextDecoder("latin1");
  assertStringIncludes(text.decode(bytes), "named");
  const rewritten = new Uint8Array(
    meterModule(bytes, { maxPages: 4, maxTableElements: 100_000, place: "x" }),
  );
  assert(!text.decode(rewritten).includes("named"));
  assertEquals(WebAssembly.Module.customSections(new WebAssembly.Module(rewritten), "x"), []);
});

Deno.test("meterModule() rewrites the cores of the fixtures to modules that validate", async (t) => {
  for (
    const name of ["echo", "greet", "fails", "spin", "host-user", "provider", "core-module", "spin-start"]
  ) {
    await t.step(name, async () => {
      const cores = coresOf(await fixture(name));
      assert(cores.length > 0);
      for (const core of cores) {
        const rewritten = new Uint8Array(
          meterModule(core, { maxPages: 4096, maxTableElements: 100_000, place: name }),
        );
        assert(WebAssembly.validate(rewritten));
        assert(rewritten.length < core.length * 1.3 + 200, `${core.length} became ${rewritten.length}`);
      }
    });
  }
});

Deno.test("meterModule() throws nothing but a RunnerError for damaged modules", async (t) => {
  const seeds = await Promise.all(CASES.map(({ body }) => wat(`(module ${body})`)));
  const spin = coresOf(await fixture("spin"))[0]!;
  const options = { maxPages: 16, maxTableElements: 100_000, place: "x" };
  await t.step("cut at every offset", () => {
    for (const seed of [...seeds, spin]) {
      for (let length = 8; length < seed.length; length++) {
        runnerErrorOf(() => meterModule(seed.subarray(0, length), options));
      }
    }
  });
  await t.step("changed anywhere", () => {
    const change = fc.record({ at: fc.nat(), bits: fc.integer({ min: 1, max: 255 }) });
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds, spin),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.nat(),
        (seed, changes, cut) => {
          const copy = seed.slice(0, 9 + cut % seed.length);
          for (const { at, bits } of changes) copy[8 + at % (copy.length - 8)]! ^= bits;
          runnerErrorOf(() => meterModule(copy, options));
        },
      ),
      { numRuns: 2000, seed: 1 },
    );
  });
  await t.step("counts that no file can hold", () => {
    const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
    for (const id of [1, 2, 3, 4, 5, 6, 7, 10]) {
      for (const last of [15, 127]) {
        const bytes = Uint8Array.of(...header, id, 5, 255, 255, 255, 255, last);
        const code = runnerErrorOf(() => meterModule(bytes, options))?.code;
        assert(
          code === "component.invalid" || (code === "limit.table" && id === 4) ||
            (code === undefined && id === 6),
          `${id}: ${code}`,
        );
      }
    }
  });
});

Deno.test("meterModule() says that a damaged module is damaged", () => {
  const error = runnerErrorOf(() =>
    meterModule(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 9), {
      maxPages: 1,
      maxTableElements: 100_000,
      place: "c/x.wasm",
    })
  );
  assertEquals([error?.code, error?.place], ["component.invalid", "c/x.wasm"]);
  assertEquals(error?.message, "Core module is damaged");
});

/** Everything in a file that starts like a core module and validates, tried at every length its sections allow. */
function coresOf(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const found: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at + 8 <= bytes.length; at++) {
    if (!header.every((byte, index) => bytes[at + index] === byte)) continue;
    let end = at + 8, best = end;
    while (end < bytes.length) {
      let size = 0, next = end + 1;
      for (let shift = 0, byte = 0x80; byte & 0x80 && next < bytes.length; shift += 7) {
        byte = bytes[next++]!;
        size |= (byte & 0x7f) << shift;
      }
      end = next + size;
      if (size < 0 || end > bytes.length) break;
      if (WebAssembly.validate(bytes.slice(at, end))) best = end;
    }
    found.push(bytes.slice(at, best));
  }
  return found;
}
