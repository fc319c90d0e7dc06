import { assertEquals } from "@std/assert";
import { exceedsBytes } from "../../lib/base/bytes.ts";

Deno.test("exceedsBytes() counts bytes, not units", () => {
  const cases: [text: string, limit: number, expected: boolean][] = [
    ["", 0, false],
    ["abc", 3, false],
    ["abc", 2, true],
    ["äöü", 6, false],
    ["äöü", 5, true],
    ["€".repeat(900), 2699, true],
    ["€".repeat(900), 2700, false],
    ["😀", 4, false],
    ["😀", 3, true],
    ["\ud800", 3, false], // a lone surrogate is written as the replacement character
  ];
  for (const [text, limit, expected] of cases) {
    assertEquals(exceedsBytes(text, limit), expected, `${text} ${limit}`);
  }
});
