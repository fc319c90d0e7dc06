/** Columns of text on a terminal, and text brought to columns. */

import { assertEquals } from "@std/assert";
import { columnsOf, cut, padded, wrapped } from "../../lib/cli/width.ts";

Deno.test("columnsOf() counts what a terminal shows", async (t) => {
  const table: [text: string, columns: number][] = [
    ["", 0],
    ["plain", 5],
    ["ümläut", 6],
    ["u\u0308", 1],
    ["日本語", 6],
    ["한국어", 6],
    ["ｶﾅ", 2],
    ["カナ", 4],
    ["Ａ", 2],
    ["（日）", 6],
    ["😀", 2],
    ["👩‍👩‍👧", 2],
    ["🇩🇪", 2],
    ["❤️", 2],
    ["→", 1],
    ["…", 1],
    ["a\u200bb", 2],
  ];
  for (const [text, columns] of table) {
    await t.step(`${text} ${columns}`, () => assertEquals(columnsOf(text), columns));
  }
});

Deno.test("cut() never takes more columns, and never parts a character", () => {
  assertEquals(cut("short", 5, "…"), "short");
  assertEquals(cut("longer", 5, "…"), "long…");
  assertEquals(cut("longer", 5, "..."), "lo...");
  assertEquals(cut("日本語", 5, "…"), "日本…");
  assertEquals(cut("日本語", 4, "…"), "日…");
  assertEquals(cut("👩‍👩‍👧👩‍👩‍👧x", 4, "…"), "👩‍👩‍👧…");
  assertEquals(cut("ab", 0, "…"), "");
  assertEquals(cut("ab", -3, "…"), "");
});

Deno.test("padded() fills up to columns, not to characters", () => {
  assertEquals(padded("日本", 6), "日本  ");
  assertEquals(padded("abc", 2), "abc");
});

Deno.test("wrapped() breaks between words, and words only on request", async (t) => {
  const path = "/home/ada/packs/demo.gtpack";
  const table: [text: string, columns: number, lines: string[]][] = [
    ["it fits", 7, ["it fits"]],
    ["one two three", 8, ["one two", "three"]],
    ["two  spaces  stay", 11, ["two  spaces", "stay"]],
    [`in ${path} it is`, 12, ["in", path, "it is"]],
    ["  set in more", 8, ["  set in", "more"]],
    ["it took about 12 ms", 16, ["it took about", "12 ms"]],
    ["日本語 日本語", 8, ["日本語", "日本語"]],
  ];
  for (const [text, columns, lines] of table) {
    await t.step(text, () => assertEquals(wrapped(text, columns), lines));
  }
  await t.step("broken words", () => {
    assertEquals(wrapped(`at ${path}`, 12, true), ["at", "/home/ada/", "packs/", "demo.gtpack"]);
    assertEquals(wrapped("0123456789abcdef", 6, true), ["012345", "6789ab", "cdef"]);
    assertEquals(wrapped("日本", 1, true), ["日本"], "nothing fits");
  });
});
