/** CBOR in and out, with documents written byte by byte. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { decodeCbor, type DecodeCborOptions, encodeCbor } from "../../lib/base/cbor.ts";
import { RunnerError } from "../../lib/base/errors.ts";
import type { Json } from "../../lib/base/json.ts";

function read(hex: string, options?: DecodeCborOptions): Json {
  return decodeCbor(Uint8Array.fromHex(hex.replaceAll(" ", "")), options);
}

function fault(hex: string, options?: DecodeCborOptions): RunnerError {
  return assertThrows(() => read(hex, options), RunnerError);
}

Deno.test("decodeCbor() reads what JSON can hold", async (t) => {
  const table: [string, string, Json][] = [
    ["small and wide integers", "85 00 17 1864 191000 1b001fffffffffffff", [0, 23, 100, 4096, 2 ** 53 - 1]],
    ["integers wider than needed", "82 1800 1b0000000000000001", [0, 1]],
    ["negative integers", "82 20 3b001ffffffffffffe", [-1, -(2 ** 53 - 1)]],
    ["floats of each width", "83 f93e00 fa3fc00000 fb3ff199999999999a", [1.5, 1.5, 1.1]],
    ["simple values", "84 f4 f5 f6 f7", [false, true, null, null]],
    ["text", "63 e6b0b4", "水"],
    ["maps and arrays in each other", "a2 6161 82 01 a0 6162 80", { a: [1, {}], b: [] }],
    ["indefinite arrays and maps", "9f 01 bf 6161 9f ff ff ff", [1, { a: [] }]],
    ["text in pieces, as value and key", "bf 7f 6161 6162 ff 7f 6163 60 ff ff", { ab: "c" }],
    ["the self-describe tag", "d9d9f7 a1 6161 01", { a: 1 }],
    ["tags on values and keys, nested", "82 c1 01 d820 c2 a1 c1 6161 d8ff 60", [1, { a: "" }]],
  ];
  for (const [name, hex, expected] of table) {
    await t.step(name, () => assertEquals(read(hex), expected));
  }
});

Deno.test("decodeCbor() takes hostile key names as data", () => {
  const value = read("a3 695f5f70726f746f5f5f 01 6b636f6e7374727563746f72 02 68746f537472696e67 03");
  assertEquals(Object.entries(value as object), [["__proto__", 1], ["constructor", 2], ["toString", 3]]);
  assert(Object.getPrototypeOf(value) === Object.prototype);
});

Deno.test("decodeCbor() names the byte and the reason of what it refuses", async (t) => {
  const table: [string, string, number, string, string][] = [
    ["nothing at all", "", 0, "truncated", "ends too early"],
    ["an array that ends early", "82 01", 0, "length", "a length of 2 with 1 bytes left"],
    ["a number that ends early", "19 10", 0, "truncated", "ends too early"],
    ["an indefinite array without break", "9f 01", 2, "truncated", "ends too early"],
    ["bytes after the end", "01 02", 1, "trailing", "after the end"],
    ["a huge array", "9b 7fffffffffffffff", 0, "length", "a length of"],
    ["a huge map", "ba ffffffff", 0, "length", "a length of"],
    ["a map with room for its keys only", "a2 6161 01", 0, "length", "a length of"],
    ["a huge text", "7b ffffffffffffffff", 0, "length", "a length of"],
    ["an integer beyond 2^53", "81 1b0020000000000000", 1, "number", "beyond 2^53"],
    ["a negative integer beyond 2^53", "3b001fffffffffffff", 0, "number", "beyond 2^53"],
    ["a bignum", "81 c2 41 ff", 2, "type", "byte string"],
    ["a byte string", "82 01 41 00", 2, "type", "byte string"],
    ["a byte string in pieces", "5f ff", 0, "syntax", "out of place"],
    ["half NaN", "f97e00", 0, "number", "NaN"],
    ["half infinity", "f9fc00", 0, "number", "NaN"],
    ["single NaN", "fa7fc00000", 0, "number", "NaN"],
    ["double infinity", "fb7ff0000000000000", 0, "number", "NaN"],
    ["a key that is a number", "a1 01 02", 1, "key", "no text"],
    ["a key that is an array", "a1 80 02", 1, "key", "no text"],
    ["a duplicate key", "a2 6161 01 6161 02", 4, "duplicate_key", "duplicate key"],
    ["a duplicate key in pieces", "a2 6161 01 7f 6161 ff 02", 4, "duplicate_key", "duplicate key"],
    [
      "a duplicate hostile key",
      "a2 695f5f70726f746f5f5f01 695f5f70726f746f5f5f02",
      12,
      "duplicate_key",
      "duplicate key",
    ],
    ["a key without value", "bf 6161 ff", 3, "syntax", "without a value"],
    ["a break out of place", "81 ff", 1, "syntax", "out of place"],
    ["an indefinite number", "1f", 0, "syntax", "out of place"],
    ["a reserved length", "1c", 0, "syntax", "reserved"],
    ["an unknown simple value", "f0", 0, "type", "simple value"],
    ["text that is not UTF-8", "62 c328", 0, "syntax", "not UTF-8"],
    ["a piece that is no text", "7f 41 61 ff", 1, "syntax", "no text"],
    ["pieces within pieces", "7f 7f 6161 ff ff", 1, "syntax", "no text"],
  ];
  for (const [name, hex, at, code, reason] of table) {
    await t.step(name, () => {
      const error = fault(hex, { place: "manifest.cbor" });
      assertEquals([error.code, error.place], [`manifest.cbor.${code}`, "manifest.cbor"]);
      assert(error.message.includes(`at byte ${at}:`), error.message);
      assert(error.message.includes(reason), error.message);
    });
  }
});

Deno.test("decodeCbor() bounds nesting without recursion", () => {
  const nested = (depth: number) => "81".repeat(depth) + "00";
  assertEquals(JSON.stringify(read(nested(128))), "[".repeat(128) + "0" + "]".repeat(128));
  assert(fault(nested(129)).message.includes("deeper than 128"));
  assert(fault("9f".repeat(200_000)).message.includes("deeper than 128"));
  assert(fault("a1 60".repeat(4) + "00", { maxDepth: 3 }).message.includes("deeper than 3"));
});

Deno.test("decodeCbor() bounds the number of items", () => {
  const many = new Uint8Array(5 + 20).fill(0x80);
  many.set([0x9a, 0, 0, 0, 20]);
  assertEquals((decodeCbor(many) as Json[]).length, 20);
  assertThrows(() => decodeCbor(many, { maxItems: 20 }), RunnerError, "more than 20 items");
});

Deno.test("encodeCbor() keeps or sorts the order of keys", () => {
  const value: Json = { bb: 1, a: [null, 1.5, -3], c: { z: "ü", y: true } };
  assertEquals(
    encodeCbor(value, { order: "given" }).toHex(),
    "a36262620161618 3f6f93e0022 6163 a2 617a 62c3bc 6179 f5".replaceAll(" ", ""),
  );
  assertEquals(
    encodeCbor(value, { order: "canonical" }).toHex(),
    "a3 6161 83f6f93e0022 6163 a2 6179f5 617a62c3bc 626262 01".replaceAll(" ", ""),
  );
});

Deno.test("encodeCbor() and decodeCbor() are inverse", () => {
  const value: Json = JSON.parse(
    '{"__proto__": {"a": [1e300, 0.1, -5, 4294967296]}, "": [], "k": {"x": null}}',
  );
  for (const order of ["given", "canonical"] as const) {
    assertEquals(
      JSON.stringify(decodeCbor(encodeCbor(value, { order })), null, 1).length,
      JSON.stringify(value, null, 1).length,
    );
    assertEquals(decodeCbor(encodeCbor(value, { order })), value);
  }
});
