/** Values of a report: each once, and cut when there are too many. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { Names, Values } from "../../lib/report/values.ts";

Deno.test("Values gives equal values one number, and none to what is not there", () => {
  const values = new Values();
  assertEquals([values.add({ a: 1 }), values.add(null), values.add({ a: 1 }), values.add(undefined)], [
    0,
    1,
    0,
    -1,
  ]);
  assertEquals(values.texts, ['{"a":1}', "null"]);
});

Deno.test("Values cuts long values once there are too many of them, and counts them", () => {
  const values = new Values();
  const long = "x".repeat(20 * 1024 * 1024);
  const numbers = ["a", "b", "c"].map((sign) => values.add(sign + long));
  assertEquals([numbers, values.cut], [[0, 1, 2], 1]);
  assertStringIncludes(values.texts[2]!, "… (20971523 characters)");
  // This fills what was left: short ones are kept whole all the same.
  values.add("y".repeat(8 * 1024 * 1024 - 8));
  assertEquals([values.texts[values.add("short")], values.cut], ['"short"', 1]);
});

Deno.test("Names gives equal texts one number, and none to the empty one", () => {
  const names = new Names();
  assertEquals([names.add("a"), names.add("__proto__"), names.add("a"), names.add("")], [0, 1, 0, -1]);
  assertEquals(names.texts, ["a", "__proto__"]);
});
