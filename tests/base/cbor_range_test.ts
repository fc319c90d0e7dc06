/** Ranges within CBOR documents, some written byte by byte. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { decodeCbor, encodeCbor } from "../../lib/base/cbor.ts";
import { cborRange } from "../../lib/base/cbor_range.ts";
import { isObject, type Json } from "../../lib/base/json.ts";

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.fromHex(hex.replaceAll(" ", ""));
}

/** The bytes under the keys as hex. */
function found(hex: string, keys: readonly string[]): string | undefined {
  const bytes = bytesOf(hex), range = cborRange(bytes, keys);
  return range === undefined ? undefined : bytes.subarray(range.start, range.end).toHex();
}

Deno.test("cborRange() finds a value's bytes", async (t) => {
  const table: [name: string, hex: string, keys: string[], expected: string][] = [
    ["the whole document", "a1 6161 01", [], "a1616101"],
    ["a member", "a2 6161 01 6162 02", ["b"], "02"],
    ["a nested member", "a2 6161 a1 6162 01 6162 a1 6163 820102", ["b", "c"], "820102"],
    ["behind arrays, maps and text", "a4 6161 83 80 8101 a0 6162 a1 6163 60 6164 6161 6165 05", ["e"], "05"],
    ["behind numbers of every width", "a2 6161 85 17 1818 190100 1a00010000 1b0000000100000000 6162 f6", [
      "b",
    ], "f6"],
    ["behind floats and simple values", "a2 6161 85 f93e00 fa3fc00000 fb3ff199999999999a f4 f7 6162 00", [
      "b",
    ], "00"],
    ["in an indefinite map", "bf 6161 01 6162 02 ff", ["b"], "02"],
    ["behind indefinite arrays and maps", "a2 6161 9f 01 bf 6161 9f ff ff ff 6162 03", ["b"], "03"],
    ["an indefinite array to its break", "a1 6161 9f 01 9f ff ff", ["a"], "9f019fffff"],
    ["behind text in pieces", "a2 6161 7f 6161 6162 ff 6162 04", ["b"], "04"],
    ["behind a key in pieces", "a2 7f 6161 ff 01 6162 04", ["b"], "04"],
    ["behind the document's own tags", "d9d9f7 c1 a1 6161 05", ["a"], "05"],
    ["without the value's tags", "a1 6161 c1 d820 8101", ["a"], "8101"],
    ["through a tagged map", "a1 6161 c1 a1 6162 07", ["a", "b"], "07"],
    ["under a tagged key", "a2 c1 6161 01 c2 6162 07", ["b"], "07"],
    ["behind tags within an array", "a2 6161 82 c1 01 c1 c2 02 6162 07", ["b"], "07"],
    ["under a long key", `a1 7818 ${"61".repeat(24)} 09`, ["a".repeat(24)], "09"],
    ["under an empty key", "a1 60 01", [""], "01"],
    ["under a hostile key", "a1 695f5f70726f746f5f5f 01", ["__proto__"], "01"],
  ];
  for (const [name, hex, keys, expected] of table) {
    await t.step(name, () => assertEquals(found(hex, keys), expected));
  }
});

Deno.test("cborRange() finds nothing where there is nothing", async (t) => {
  const table: [name: string, hex: string, keys: string[]][] = [
    ["an empty map", "a0", ["a"]],
    ["another key", "a1 6161 01", ["b"]],
    ["a key of the prototype", "a1 6161 01", ["constructor"]],
    ["a value for a key", "a1 6162 6161", ["a"]],
    ["a key of a map within", "a1 6161 a1 6162 01", ["b"]],
    ["beyond a number", "a1 6161 01", ["a", "b"]],
    ["beyond an array", "a1 6161 81 a1 6162 01", ["a", "b"]],
    ["in an array", "82 6161 01", ["a"]],
    ["in an indefinite map", "bf 6161 01 ff", ["b"]],
    ["in nothing", "", ["a"]],
  ];
  for (const [name, hex, keys] of table) {
    await t.step(name, () => assertEquals(cborRange(bytesOf(hex), keys), undefined));
  }
});

/** Every path through maps, with the value there. */
function paths(value: Json, keys: readonly string[] = []): [readonly string[], Json][] {
  const below = isObject(value)
    ? Object.entries(value).flatMap(([key, item]) => paths(item, [...keys, key]))
    : [];
  return [[keys, value], ...below];
}

Deno.test("cborRange() finds every value of any document", () => {
  const documents = fc.object({ maxDepth: 4, maxKeys: 5, key: fc.string({ unit: "grapheme" }) })
    .map((document): Json => JSON.parse(JSON.stringify(document)));
  fc.assert(
    fc.property(documents, fc.constantFrom("given" as const, "canonical" as const), (document, order) => {
      const bytes = encodeCbor(document, { order });
      for (const [keys, value] of paths(document)) {
        const range = cborRange(bytes, keys);
        assertEquals(decodeCbor(bytes.subarray(range?.start, range?.end)), value);
      }
    }),
  );
});
