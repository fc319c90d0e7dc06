/** What differs between two JSON values. */

import { assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { isArray, isObject, type Json } from "../../../lib/base/json.ts";
import { type Diff, isSame, jsonDiff } from "../../../lib/report/viewer/json_diff.ts";

/** A difference in a few words. */
function told(diff: Diff): unknown {
  switch (diff.type) {
    case "same":
      return "=";
    case "added":
      return { "+": diff.value };
    case "removed":
      return { "-": diff.value };
    case "changed":
      return [diff.before, "→", diff.after];
    case "inside":
      return diff.parts.map(({ key, diff }) => [key, told(diff)]);
  }
}

Deno.test("jsonDiff() tells members that came, went and changed", async (t) => {
  const table: [name: string, before: Json, after: Json, expected: unknown][] = [
    ["equal", { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, "="],
    ["plain values", 1, "1", [1, "→", "1"]],
    ["another type", [], {}, [[], "→", {}]],
    ["members", { a: 1, b: 2 }, { b: 3, c: 4 }, [["a", { "-": 1 }], ["b", [2, "→", 3]], ["c", { "+": 4 }]]],
    ["inside", { a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, [["a", [["b", "="], ["c", [2, "→", 3]]]]]],
    ["an item that came", [1, 2], [0, 1, 2], [["0", { "+": 0 }], ["1", "="], ["2", "="]]],
    ["an item that went", [1, 2, 3], [1, 3], [["0", "="], ["1", { "-": 2 }], ["1", "="]]],
    ["an item that changed", [1, { a: 1 }, 3], [1, { a: 2 }, 3], [["0", "="], ["1", [["a", [1, "→", 2]]]], [
      "2",
      "=",
    ]]],
  ];
  for (const [name, before, after, expected] of table) {
    await t.step(name, () => assertEquals(told(jsonDiff(before, after)), expected));
  }
});

Deno.test("jsonDiff() takes names of the prototype for data", () => {
  const [before, after]: Json[] = ['{"__proto__":1,"constructor":2}', '{"toString":3}'].map((text) =>
    JSON.parse(text)
  );
  assertEquals(told(jsonDiff(before!, after!)), [
    ["__proto__", { "-": 1 }],
    ["constructor", { "-": 2 }],
    ["toString", { "+": 3 }],
  ]);
});

/** What a value becomes by a difference. */
function applied(diff: Diff): Json | undefined {
  switch (diff.type) {
    case "same":
    case "added":
      return diff.value;
    case "removed":
      return undefined;
    case "changed":
      return diff.after;
    case "inside": {
      const left = diff.parts.map(({ key, diff }) => [key, applied(diff)] as const).filter(([, value]) =>
        value !== undefined
      );
      return diff.list
        ? left.map(([, value]) => value!)
        : Object.fromEntries(left.map(([key, value]) => [key, value!]));
    }
  }
}

/** A value whose objects have their members in order, which does not matter. */
function sorted(value: Json | undefined): Json | undefined {
  if (isArray(value)) return value.map((item) => sorted(item) ?? null);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key]) ?? null]));
}

Deno.test("jsonDiff() leads from any value to any other", () => {
  const anyJson = fc.jsonValue({ maxDepth: 3 }).map((value): Json => JSON.parse(JSON.stringify(value)));
  fc.assert(fc.property(anyJson, anyJson, (before, after) => {
    const diff = jsonDiff(before, after);
    assertEquals(sorted(applied(diff)), sorted(after));
    assertEquals(isSame(diff), JSON.stringify(sorted(before)) === JSON.stringify(sorted(after)));
  }));
});

Deno.test("jsonDiff() tells which items came also of long lists", () => {
  const list = Array.from({ length: 6000 }, (_, i) => i);
  const diff = jsonDiff(list, [-1, ...list, -2]);
  const changed = diff.type === "inside" ? diff.parts.filter(({ diff }) => !isSame(diff)) : [];
  assertEquals(changed.map(({ key, diff }) => [key, told(diff)]), [["0", { "+": -1 }], ["6001", {
    "+": -2,
  }]]);
});
