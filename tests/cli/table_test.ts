/** Rows as aligned columns, on any width. */

import { assert, assertEquals } from "@std/assert";
import { table, tableRows } from "../../lib/cli/table.ts";
import { columnsOf } from "../../lib/cli/width.ts";

Deno.test("table() aligns columns, and ends no line in spaces", () => {
  assertEquals(table([["a", "bb", "c"], ["aaa", "b", ""]]), ["a    bb  c", "aaa  b"]);
  assertEquals(table([["日本", "x"], ["abc", "y"]]), ["日本  x", "abc   y"]);
  assertEquals(table([]), []);
});

Deno.test("table() lets a cell that is very wide stand out where there is no terminal", () => {
  const wide = "w".repeat(200);
  assertEquals(table([[wide, "x"], ["a", "y"]]), [`${wide}  x`, "a  y"]);
});

Deno.test("table() narrows the widest columns of a terminal, and loses nothing", async (t) => {
  const rows = [
    ["verified", "signatures/pack.sig", "holds for the key of the one who built it"],
    ["skipped", "manifest.cbor", "no signature"],
  ];
  await t.step("that fits", () => assertEquals(table(rows, 80), table(rows)));
  await t.step("that does not", () => {
    assertEquals(table(rows, 50), [
      "verified  signatures/pack.sig  holds for the key",
      "                               of the one who",
      "                               built it",
      "skipped   manifest.cbor        no signature",
    ]);
  });
  await t.step("at every width", () => {
    for (let columns = 20; columns < 90; columns++) {
      const lines = table(rows, columns);
      assert(lines.every((line) => columnsOf(line) <= columns), `${columns}: ${lines.join("\n")}`);
      const letters = (text: string) => [...text.replaceAll(" ", "")].sort().join("");
      assertEquals(letters(lines.join("")), letters(rows.flat().join("")), String(columns));
    }
  });
});

Deno.test("table() gives up columns where there is no room for them", () => {
  assertEquals(table([["one", "two three", "four"]], 12), ["one  two", "  three", "  four"]);
});

Deno.test("tableRows() keeps the lines of a row together", () => {
  const rows = [["a", "one two three four"], ["b", "five"]];
  assertEquals(tableRows(rows, 14), [["a  one two", "   three four"], ["b  five"]]);
});
