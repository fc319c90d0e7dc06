/** JSON values, hostile keys and depth among them. */

import { assert, assertEquals } from "@std/assert";
import {
  compareCodePoints,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  MAX_JSON_DEPTH,
  member,
  omit,
  sortKeys,
  stringMember,
  textWithinDepth,
  withinDepth,
} from "../../lib/base/json.ts";

/** JSON text as a value whose `__proto__` is a member like any other. */
function parsed(text: string): JsonObject {
  return JSON.parse(text);
}

/** An array in an array and so on, so many levels deep. */
function nested(levels: number): Json {
  let value: Json = 1;
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

Deno.test("isObject() and isArray() tell the two apart", async (t) => {
  const table: [value: Json | undefined, object: boolean, array: boolean][] = [
    [{}, true, false],
    [[], false, true],
    [null, false, false],
    [undefined, false, false],
    ["text", false, false],
    [0, false, false],
  ];
  for (const [value, object, array] of table) {
    await t.step(JSON.stringify(value) ?? "undefined", () => {
      assertEquals([isObject(value), isArray(value)], [object, array]);
    });
  }
});

Deno.test("member() and stringMember() see an object's own members only", async (t) => {
  const hostile = parsed('{"__proto__":"p","constructor":"c","n":1,"u":null}');
  const table: [value: Json | undefined, key: string, found: Json | undefined, text: string | undefined][] = [
    [hostile, "__proto__", "p", "p"],
    [hostile, "constructor", "c", "c"],
    [hostile, "n", 1, undefined],
    [hostile, "u", null, undefined],
    [hostile, "toString", undefined, undefined],
    [{}, "constructor", undefined, undefined],
    [{}, "__proto__", undefined, undefined],
    [["x"], "0", undefined, undefined],
    [["x"], "length", undefined, undefined],
    ["text", "length", undefined, undefined],
    [undefined, "a", undefined, undefined],
  ];
  for (const [value, key, found, text] of table) {
    await t.step(`${key} of ${JSON.stringify(value)}`, () => {
      assertEquals(member(value, key), found);
      assertEquals(stringMember(value, key), text);
    });
  }
});

Deno.test("omit() leaves the named keys out", () => {
  const value = parsed('{"a":1,"__proto__":2,"b":3}');
  assertEquals(Object.entries(omit(value, ["a", "toString"])), [["__proto__", 2], ["b", 3]]);
  assertEquals(Object.entries(omit(value, ["__proto__"])), [["a", 1], ["b", 3]]);
  assertEquals(Object.keys(value), ["a", "__proto__", "b"], "the original stays");
});

Deno.test("sortKeys() sorts every object and leaves arrays in order", async (t) => {
  const table: [text: string, sorted: string][] = [
    ['{"b":1,"a":{"d":[3,{"z":1,"y":2}],"c":null}}', '{"a":{"c":null,"d":[3,{"y":2,"z":1}]},"b":1}'],
    ['["b","a"]', '["b","a"]'],
    ['{"b":1,"__proto__":{"y":1,"x":2},"A":2}', '{"A":2,"__proto__":{"x":2,"y":1},"b":1}'],
    ['{"\uff61":1,"\u{1f600}":2,"z":3}', '{"z":3,"\uff61":1,"\u{1f600}":2}'],
    ['"text"', '"text"'],
  ];
  for (const [text, sorted] of table) {
    await t.step(text, () => assertEquals(JSON.stringify(sortKeys(JSON.parse(text))), sorted));
  }
});

Deno.test("compareCodePoints() orders as UTF-8 bytes do", () => {
  const words = [
    "",
    "a",
    "aa",
    "ab",
    "b",
    "Z",
    "é",
    "\ud7ff",
    "\ue000",
    "\uff61",
    "\uffff",
    "😀",
    "😀a",
    "😁",
    "a😀",
  ];
  const encoder = new TextEncoder();
  function byBytes(a: string, b: string): number {
    const [left, right] = [encoder.encode(a), encoder.encode(b)];
    for (let i = 0; i < Math.min(left.length, right.length); i++) {
      if (left[i] !== right[i]) return left[i]! - right[i]!;
    }
    return left.length - right.length;
  }
  for (const a of words) {
    for (const b of words) {
      assertEquals(Math.sign(compareCodePoints(a, b)), Math.sign(byBytes(a, b)), `${a} ${b}`);
    }
  }
});

Deno.test("withinDepth() counts levels of arrays and objects", async (t) => {
  const table: [name: string, value: Json, limit: number | undefined, within: boolean][] = [
    ["a scalar has none", 1, 0, true],
    ["an empty array is a level", [], 0, false],
    ["two levels in two", [[1]], 2, true],
    ["two levels in one", [[1]], 1, false],
    ["the deepest branch counts", [1, { a: [] }, 2], 2, false],
    ["the limit by default", nested(MAX_JSON_DEPTH), undefined, true],
    ["one more than that", nested(MAX_JSON_DEPTH + 1), undefined, false],
    ["far more than any stack has", nested(1_000_000), undefined, false],
    ["a key of the prototype", parsed('{"__proto__":[[[1]]]}'), 3, false],
  ];
  for (const [name, value, limit, within] of table) {
    await t.step(name, () => assertEquals(withinDepth(value, limit), within));
  }
  await t.step("a wide value is walked to its end", () => {
    const wide: Json = Array.from({ length: 200_000 }, () => [1]);
    assert(withinDepth(wide, 2));
    assert(!withinDepth([...wide, [[1]]], 2));
  });
});

Deno.test("textWithinDepth() counts what withinDepth() counts", async (t) => {
  const texts = [
    "1",
    "[]",
    "[[1]]",
    '[1,{"a":[]},2]',
    "[[],[],[[]]]",
    '{"[[[":"]]]{{{"}',
    '["\\"[[[","\\\\",[]]',
    '["\\\\\\"[[["]',
    '{"\\"":{"\\\\":{}}}',
  ];
  for (const text of texts) {
    await t.step(text, () => {
      const limits = [0, 1, 2, 3];
      assertEquals(
        limits.map((limit) => textWithinDepth(text, limit)),
        limits.map((limit) => withinDepth(JSON.parse(text), limit)),
      );
    });
  }
  await t.step("by default, the limit of documents", () => {
    const deep = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    assertEquals([deep(MAX_JSON_DEPTH), deep(MAX_JSON_DEPTH + 1)].map((text) => textWithinDepth(text)), [
      true,
      false,
    ]);
  });
});
