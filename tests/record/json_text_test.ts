import { assertEquals } from "@std/assert";
import type { Json } from "../../lib/base/json.ts";
import { jsonText } from "../../lib/record/json_text.ts";

Deno.test("jsonText() writes compact text with keys in code point order", async (t) => {
  const cases: readonly [value: Json, text: string][] = [
    [{ b: 1, a: [true, null, "x"] }, '{"a":[true,null,"x"],"b":1}'],
    [{ "10": 1, "9": 2, "-": 3 }, '{"-":3,"10":1,"9":2}'],
    [
      JSON.parse('{"constructor":1,"__proto__":{"b":1,"a":2}}'),
      '{"__proto__":{"a":2,"b":1},"constructor":1}',
    ],
    [{ "\u{1f600}": 1, "\uffee": 2 }, '{"\uffee":2,"\u{1f600}":1}'],
    ["line\nfeed", '"line\\nfeed"'],
    ["\ud800", '"\\ud800"'],
    [{}, "{}"],
    [[], "[]"],
  ];
  for (const [value, text] of cases) {
    await t.step(text, () => assertEquals(jsonText(value), text));
  }
});
