/** Where a text stops being JSON. */

import { assert, assertEquals } from "@std/assert";
import { jsonFault } from "../../lib/base/json_fault.ts";

Deno.test("jsonFault() says what was expected, what is there, and in which line", async (t) => {
  const table: [text: string, what: string, line: number][] = [
    ["", "a value and found the end of the file", 1],
    ["\n {\n", "a key in double quotes or } and found the end of the file", 3],
    ['{"a": 1\n "b": 2}', "a comma or } and found a string", 2],
    ['{"a": 1,\n}', 'a key in double quotes and found "}"', 2],
    ["[1,\n\n]", 'a value and found "]"', 3],
    ["[1 2]", 'a comma or ] and found "2"', 1],
    ["[1}", 'a comma or ] and found "}"', 1],
    ['{"a" 1}', 'a colon and found "1"', 1],
    ["{a: 1}", 'a key in double quotes or } and found "a"', 1],
    ["{'a': 1}", `a key in double quotes or } and found "'a'"`, 1],
    ['{"a":\n  yes}', 'a value and found "yes"', 2],
    ['{"a":,}', 'a value and found ","', 1],
    ["[01]", 'a value or ] and found "01"', 1],
    ["[1.]", 'a value or ] and found "1."', 1],
    ["[nullx]", 'a value or ] and found "nullx"', 1],
    ['["a\nb"]', "a value or ] and found a string that does not end, or has a wrong escape", 1],
    ['["\\x"]', "a value or ] and found a string that does not end, or has a wrong escape", 1],
    ["{} // end", "nothing more and found a comment, which JSON has not", 1],
    ["{}\n{}", 'nothing more and found "{"', 2],
  ];
  for (const [text, what, line] of table) {
    await t.step(JSON.stringify(text), () => {
      assertEquals(jsonFault(text), { what: `expected ${what}`, line });
    });
  }
});

Deno.test("jsonFault() agrees with the parser about what is JSON", () => {
  const good = [
    ...["0", "-1.5e+3", '"\\u00e9\\n"', "null", "[]", "{}", ' {"a":[1,{"b":[]}],"c":false} ', "[[],[{}]]"],
    "[".repeat(5000) + "]".repeat(5000),
  ];
  const pieces = ["{", "}", "[", "]", ",", ":", '"a"', "1", "true", " ", "\n", '"', "-", "x"];
  for (let i = 0; i < 20_000; i++) {
    // Every mix of four pieces, and a few longer ones.
    const text = Array.from(
      { length: 4 + i % 2 * 3 },
      (_, k) => pieces[Math.floor(i * 7919 / 13 ** k) % pieces.length],
    );
    good.push(text.join(""));
  }
  for (const text of good) {
    let valid = true;
    try {
      JSON.parse(text);
    } catch {
      valid = false;
    }
    assert((jsonFault(text) === undefined) === valid, JSON.stringify(text.slice(0, 100)));
  }
});
