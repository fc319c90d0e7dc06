import { assertEquals } from "@std/assert";
import type { Json } from "../../lib/base/json.ts";
import { conditionContext, holds, parseCondition } from "../../lib/flow/condition.ts";

const OUTPUT: Json = {
  status: "Done",
  n: 5,
  t: true,
  z: null,
  list: ["a", 2],
  text: "Hello",
  entry: "hidden",
  o: {},
};
const CONTEXT = conditionContext(OUTPUT, {
  entry: { lang: "de" },
  input: { metadata: { action: "Send" }, text: "yes" },
  node: { a: { x: 1 } },
  event: "on_success",
  more: { vars: { v: 7 }, status: "hidden" },
});

Deno.test("holds() compares as the reference does", async (t) => {
  const table: [string, boolean][] = [
    ['status == "done"', true],
    ["status == DONE", true],
    ["status != done", false],
    ["n == 5", true],
    ['n == "5.0"', true],
    ["n >= 5", true],
    ["n > 5", false],
    ["n<6", true],
    ["n <= 4", false],
    ["text > 3", false],
    ["t == true", true],
    ["z == null", true],
    ["list contains 2", true],
    ["list contains A", true],
    ["list contains b", false],
    ["text contains 'ell'", true],
    ["n contains 5", false],
    ["o == x", false],
    ["no == x", false],
    ["no != x", true],
    ["no > 1", false],
    ["entry.lang == de", true],
    ["in.lang == de", true],
    ["event == on_success", true],
    ["node.a.x == 1", true],
    ["response.action == send", true],
    ["response.text == yes", true],
    ["prev.n == 5", true],
    ["vars.v > 6", true],
    ["text == 'a == b'", false],
  ];
  for (const [text, expected] of table) {
    await t.step(text, () => {
      const condition = parseCondition(text);
      assertEquals(condition === undefined ? "unparsed" : holds(condition, CONTEXT), expected);
    });
  }
});

Deno.test("parseCondition() refuses other forms", () => {
  for (const text of ["", "status", "== 1", "status ==", "${x} == 1", "a b == 1", "acontains b"]) {
    assertEquals(parseCondition(text), undefined, text);
  }
  assertEquals(parseCondition(" a.b >= 1 "), {
    text: " a.b >= 1 ",
    path: ["a", "b"],
    operator: ">=",
    value: "1",
  });
  assertEquals(parseCondition('a == ""')?.value, "");
  assertEquals(parseCondition("contains_x == 1")?.path, ["contains_x"]);
});
