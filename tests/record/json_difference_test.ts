import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Json } from "../../lib/base/json.ts";
import { jsonDifference } from "../../lib/record/json_difference.ts";

Deno.test("jsonDifference() names the first place that differs", async (t) => {
  const vectors: [Json, Json, string, Json | undefined, Json | undefined][] = [
    [1, "1", "", 1, "1"],
    [{ a: 1 }, null, "", { a: 1 }, null],
    [{ a: [] }, { a: {} }, "a", [], {}],
    [{ b: 1, a: { c: [1, 2] } }, { a: { c: [1, 3] }, b: 2 }, "a.c[1]", 2, 3],
    [[1], [1, null], "[1]", undefined, null],
    [{ "a b": { $x: 1 } }, { "a b": { $x: 2 } }, '["a b"].$x', 1, 2],
    [{ toString: 1 }, {}, "toString", 1, undefined],
    [{}, { ["__proto__"]: null }, "__proto__", undefined, null],
  ];
  for (const [first, second, path, before, now] of vectors) {
    await t.step(`${JSON.stringify(first)} ${JSON.stringify(second)}`, () => {
      assertEquals(jsonDifference(first, second), { path, first: before, second: now });
    });
  }
});

Deno.test("jsonDifference() finds none between equal values, whatever the order of their keys", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const reversed = JSON.parse(
      JSON.stringify(value),
      (_, item) =>
        item === null || typeof item !== "object" || Array.isArray(item)
          ? item
          : Object.fromEntries(Object.entries(item).reverse()),
    );
    assertEquals(jsonDifference(JSON.parse(JSON.stringify(value)), reversed), null);
  }));
});
