import { assertEquals } from "@std/assert";
import type { Json } from "../../../../lib/base/json.ts";
import { jsonDifferences } from "../../../../lib/host/http/recording/json_differences.ts";

Deno.test("jsonDifferences() names the places at which two values differ", async (t) => {
  const cases: [name: string, left: Json, right: Json, differences: [string, Json?, Json?][]][] = [
    ["nothing", { a: [1, { b: null }] }, { a: [1, { b: null }] }, []],
    ["order of keys", { a: 1, b: 2 }, { b: 2, a: 1 }, []],
    ["the root", 1, "1", [["", 1, "1"]]],
    ["a member", { user: { name: "Ada" } }, { user: { name: "Bob" } }, [[".user.name", "Ada", "Bob"]]],
    ["items", [1, 2], [1, 3, 4], [["[1]", 2, 3], ["[2]", undefined, 4]]],
    ["keys", { a: 1 }, { b: 2 }, [[".a", 1, undefined], [".b", undefined, 2]]],
    ["kinds", { a: [] }, { a: {} }, [[".a", [], {}]]],
    ["null and absent", { a: null }, {}, [[".a", null, undefined]]],
    ["a key that is no word", { "a b": 1 }, { "a b": 2 }, [['["a b"]', 1, 2]]],
    ["keys of the prototype", {}, { constructor: 1 }, [[".constructor", undefined, 1]]],
  ];
  for (const [name, left, right, differences] of cases) {
    await t.step(name, () => {
      assertEquals(
        [...jsonDifferences(left, right)].map(({ path, left, right }) => [path, left, right]),
        differences,
      );
    });
  }
});
