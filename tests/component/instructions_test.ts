/** The walk over function bodies, checked against what the text format's parser writes. Long, because it is one table. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { BinaryError, BinaryReader } from "../../lib/component/binary.ts";
import { type Instruction, readInstruction } from "../../lib/component/instructions.ts";
import { wat } from "./_helpers.ts";

/** The instructions of a module's last function, as kinds, `end` at the end included. */
async function walk(body: string, before = ""): Promise<Instruction[]> {
  const bytes = await wat(`(module ${before} ${body})`);
  const sections = new BinaryReader(bytes, 8);
  while (!sections.done) {
    const { id, start, end } = sections.section();
    if (id !== 10) continue;
    const reader = new BinaryReader(bytes, start, end);
    let from = 0;
    for (let count = reader.u32(); count > 0; count--) {
      const size = reader.u32();
      from = reader.pos;
      reader.skip(size);
    }
    const code = new BinaryReader(bytes, from, end);
    for (let groups = code.u32(); groups > 0; groups--) {
      code.u32();
      code.u8();
    }
    const found: Instruction[] = [];
    while (!code.done) found.push(readInstruction(code));
    assertEquals(bytes[end - 1], 0x0b);
    if (found.some(({ kind }) => kind === "refused")) return found;
    const opened = found.filter(({ kind }) => kind === "open" || kind === "loop").length;
    assertEquals(found.filter(({ kind }) => kind === "close").length, opened + 1);
    return found;
  }
  throw new Error("No code section");
}

/** The kinds of all instructions but plain ones. */
function marks(instructions: readonly Instruction[]): string[] {
  return instructions.flatMap((instruction) => {
    switch (instruction.kind) {
      case "plain":
      case "open":
      case "close":
        return [];
      case "call":
        return [`call ${instruction.target}`];
      case "bulk":
        return [`bulk ${instruction.shift}`];
      case "refused":
        return [`refused ${instruction.name}`];
      default:
        return [instruction.kind];
    }
  });
}

const MEMORY = '(memory 1) (data $d "abc") (table $t 4 funcref) (table $x 4 externref) (elem $e func)';
const TYPES = "(type $f (func)) (type $a (array (mut i32))) (type $b (array (mut i8))) " +
  "(type $r (array (mut funcref))) (type $s (struct (field (mut i32)) (field i8)))";

Deno.test("readInstruction() knows every group of instructions", async (t) => {
  // The count guards against immediates taken for instructions: it includes the operands and `end`.
  const cases: [name: string, body: string, count: number, marks: string[], before?: string][] = [
    [
      "constants",
      "(func (drop (i32.const -300)) (drop (i64.const 1)) (drop (f32.const 3)) (drop (f64.const 11)))",
      9,
      [],
    ],
    ["blocks", "(func (block) (block (result i32) (i32.const 11)) (if (then) (else)) )", 9, []],
    ["loop", "(func (loop) (loop (loop)))", 7, ["loop", "loop", "loop"]],
    ["loop with parameters", "(func (i32.const 3) (loop (param i32) (drop)))", 5, ["loop"]],
    [
      "loop with a reference",
      "(func (result (ref null $f)) (loop (result (ref null $f)) (ref.null $f)))",
      4,
      ["loop"],
      TYPES,
    ],
    [
      "branches",
      "(func (block (block (br_table 0 1 0 1 1 0 (i32.const 3)) (br 0)) (br_if 0 (i32.const 11))))",
      10,
      [],
    ],
    ["direct calls", "(func $g) (func (call $g) (return_call $g))", 3, ["call 0", "call 0"]],
    ["call of a function far up", `${"(func)".repeat(200)}(func (call 150))`, 2, ["call 150"]],
    ["indirect calls", "(func (call_indirect (i32.const 0)) (return_call_indirect (i32.const 0)))", 5, [
      "indirect",
      "indirect",
    ], MEMORY],
    [
      "calls of references",
      "(func (param (ref $f)) (call_ref $f (local.get 0)) (return_call_ref $f (local.get 0)))",
      5,
      ["indirect", "indirect"],
      TYPES,
    ],
    [
      "variables",
      "(global $g (mut i32) (i32.const 0)) (func (local i32) (global.set $g (local.tee 0 (local.get 0))) (local.set 0 (global.get $g)))",
      6,
      [],
    ],
    [
      "select",
      "(func (param externref) (drop (select (i32.const 1) (i32.const 2) (i32.const 3))) (drop (select (result externref) (local.get 0) (local.get 0) (i32.const 11))))",
      11,
      [],
    ],
    [
      "loads and stores",
      "(func (i32.store8 offset=300 align=1 (i32.const 1) (i64.load32_u offset=11 (i32.const 2)) (i32.wrap_i64)))",
      6,
      [],
      MEMORY,
    ],
    [
      "a memory with an index",
      "(memory $m 1) (memory $n 1) (func (drop (i32.load $n offset=11 (i32.const 0))))",
      4,
      [],
    ],
    [
      "numbers",
      "(func (drop (i32.trunc_sat_f64_s (f64.convert_i32_u (i32.clz (i32.extend8_s (i32.const 1)))))))",
      7,
      [],
    ],
    ["memory", "(func (drop (memory.grow (memory.size))))", 4, ["grow"], MEMORY],
    [
      "bulk memory",
      "(func (param i32) (memory.fill (local.get 0) (local.get 0) (local.get 0)) (memory.copy (local.get 0) (local.get 0) (local.get 0)) (memory.init $d (local.get 0) (local.get 0) (local.get 0)) (data.drop $d))",
      14,
      ["bulk 6", "bulk 6", "bulk 6"],
      MEMORY,
    ],
    [
      "tables",
      "(func (table.set $x (i32.const 0) (table.get $x (i32.const 11))) (drop (table.size $x)) (elem.drop $e))",
      8,
      [],
      MEMORY,
    ],
    [
      "bulk tables",
      "(func (param i32) (table.fill $x (local.get 0) (ref.null extern) (local.get 0)) (table.copy $t $t (local.get 0) (local.get 0) (local.get 0)) (table.init $t $e (local.get 0) (local.get 0) (local.get 0)) (drop (table.grow $x (ref.null extern) (local.get 0))))",
      17,
      ["bulk 3", "bulk 3", "bulk 3", "bulk 3"],
      MEMORY,
    ],
    [
      "references",
      "(func $g (type $f) (drop (ref.is_null (ref.null func))) (drop (ref.as_non_null (ref.func $g))) (block $l (br_on_null $l (ref.func $g)) (drop)) )",
      12,
      [],
      `${TYPES} (elem declare func $g)`,
    ],
    [
      "structs",
      "(func (param (ref $s)) (struct.set $s 0 (local.get 0) (struct.get_s $s 1 (local.get 0))) (drop (struct.get $s 0 (local.get 0))))",
      8,
      [],
      TYPES,
    ],
    [
      "arrays",
      "(func (param (ref $a)) (array.set $a (local.get 0) (i32.const 0) (array.get $a (local.get 0) (array.len (local.get 0)))))",
      8,
      [],
      TYPES,
    ],
    [
      "bulk arrays",
      "(func (param (ref $b) i32) (array.fill $b (local.get 0) (local.get 1) (local.get 1) (local.get 1)) (array.copy $b $b (local.get 0) (local.get 1) (local.get 0) (local.get 1) (local.get 1)) (array.init_data $b $d (local.get 0) (local.get 1) (local.get 1) (local.get 1)))",
      17,
      Array(3).fill("bulk 3"),
      `${TYPES} ${MEMORY}`,
    ],
    [
      "arrays of elements",
      "(func (param (ref $r) i32) (array.init_elem $r $e (local.get 0) (local.get 1) (local.get 1) (local.get 1)))",
      6,
      ["bulk 3"],
      `${TYPES} ${MEMORY}`,
    ],
    [
      "casts",
      "(func (param anyref) (drop (ref.test (ref $s) (local.get 0))) (drop (ref.cast (ref null $s) (local.get 0))) (drop (block $l (result anyref) (br_on_cast $l anyref (ref $s) (br_on_cast_fail $l anyref (ref null $s) (local.get 0))))) (drop (ref.eq (ref.i31 (i32.const 1)) (ref.null eq))) (drop (i31.get_s (ref.i31 (i32.const 1)))) (drop (any.convert_extern (extern.convert_any (local.get 0)))))",
      26,
      [],
      TYPES,
    ],
    [
      "SIMD",
      "(func (drop (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 (v128.const i64x2 1 2) (i32x4.splat (i32.const 3)))) (drop (i32x4.extract_lane 3 (i64x2.replace_lane 1 (v128.load offset=11 (i32.const 0)) (i64.const 3)))))",
      12,
      [],
      MEMORY,
    ],
    [
      "SIMD memory",
      "(func (v128.store32_lane offset=3 1 (i32.const 0) (v128.load8_lane 3 (i32.const 0) (v128.load32_splat (i32.const 3)))) (drop (v128.load64_zero (i32.const 0))))",
      10,
      [],
      MEMORY,
    ],
    [
      "relaxed SIMD",
      "(func (param v128) (drop (f32x4.relaxed_madd (local.get 0) (local.get 0) (i16x8.relaxed_dot_i8x16_i7x16_s (local.get 0) (local.get 0)))))",
      8,
      [],
    ],
    [
      "atomics",
      "(memory 1 1 shared) (func (atomic.fence) (drop (i32.atomic.rmw8.cmpxchg_u offset=3 (i32.const 0) (i32.const 3) (memory.atomic.notify (i32.const 0) (i32.const 3)))))",
      9,
      [],
    ],
  ];
  for (const [name, body, count, expected, before] of cases) {
    await t.step(name, async () => {
      const instructions = await walk(body, before);
      assertEquals(marks(instructions), expected);
      assertEquals(instructions.length, count);
    });
  }
});

Deno.test("readInstruction() refuses by name what could escape metering", async (t) => {
  const tag = "(tag $t)";
  const cases: [string, string, string?][] = [
    ["throw", "(func (throw $t))", tag],
    ["throw_ref", "(func (param exnref) (throw_ref (local.get 0)))"],
    ["try_table", "(func (block $h (try_table (catch $t $h))))", tag],
    [
      "memory.atomic.wait",
      "(memory 1 1 shared) (func (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))",
    ],
    [
      "memory.atomic.wait",
      "(memory 1 1 shared) (func (drop (memory.atomic.wait64 (i32.const 0) (i64.const 0) (i64.const -1))))",
    ],
  ];
  for (const [name, body, before] of cases) {
    await t.step(`${name} ${body}`, async () => {
      const instructions = await walk(body, before).catch((error) => error);
      // Behind a refused instruction the walk may lose its way: metering stops there.
      if (instructions instanceof Error) throw instructions;
      assert(marks(instructions).includes(`refused ${name}`), marks(instructions).join());
    });
  }
});

Deno.test("readInstruction() refuses old exceptions and unknown opcodes by name", async (t) => {
  const cases: [number[], string][] = [
    [[0x06, 0x40], "try"],
    [[0x07, 0], "catch"],
    [[0x09, 0], "rethrow"],
    [[0x18, 0], "delegate"],
    [[0x19], "catch_all"],
    [[0x16], "opcode 0x16"],
    [[0xc5], "opcode 0xc5"],
    [[0xe0, 0], "opcode 0xe0"],
    [[0xff], "opcode 0xff"],
    [[0xfb, 31], "opcode 0xfb 31"],
    [[0xfc, 18, 0], "opcode 0xfc 18"],
    [[0xfd, 0x94, 2], "opcode 0xfd 276"],
    [[0xfe, 0x4f], "opcode 0xfe 79"],
    [[0xfe, 4], "opcode 0xfe 4"],
  ];
  for (const [bytes, name] of cases) {
    await t.step(name, () => {
      assertEquals(readInstruction(new BinaryReader(Uint8Array.from(bytes))), { kind: "refused", name });
    });
  }
});

Deno.test("readInstruction() ends early with a BinaryError, and always moves on", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 24 }), (bytes) => {
      const reader = new BinaryReader(bytes);
      try {
        readInstruction(reader);
      } catch (error) {
        assert(error instanceof BinaryError, String(error));
      }
      assert(reader.pos > 0 && reader.pos <= bytes.length);
    }),
    { numRuns: 2000 },
  );
  assertThrows(() => readInstruction(new BinaryReader(Uint8Array.of(0x41))), BinaryError, "ends early");
});

Deno.test("readInstruction() is not held up by a count that no body can hold", () => {
  for (const opcode of [0x0e, 0x1c]) {
    const bytes = Uint8Array.of(opcode, 255, 255, 255, 255, 15, 0, 0);
    assertThrows(() => readInstruction(new BinaryReader(bytes)), BinaryError, "ends early");
  }
});
