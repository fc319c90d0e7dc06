/** Paths as texts and as words of a command line. */

import { assertEquals } from "@std/assert";
import { quoted, withoutTrailingSlash } from "../../lib/base/paths.ts";

Deno.test("withoutTrailingSlash() leaves the root", () => {
  const table = { "a/": "a", "a//": "a", "a\\": "a", "/": "/", "a": "a", "": "" };
  for (const [path, expected] of Object.entries(table)) assertEquals(withoutTrailingSlash(path), expected);
});

Deno.test("quoted() is one word for a POSIX shell", async (t) => {
  const table: [word: string, expected: string][] = [
    ["a/b-c.d@1+2=3%:4", "a/b-c.d@1+2=3%:4"],
    ["my packs/a", "'my packs/a'"],
    ["it's", "'it'\\''s'"],
    ["$(rm) `x`;y", "'$(rm) `x`;y'"],
    ["C:\\x", "'C:\\x'"],
    ["ümläut", "'ümläut'"],
    ["", "''"],
  ];
  for (const [word, expected] of table) {
    await t.step(word, () => assertEquals(quoted(word, "posix"), expected));
  }
});

Deno.test("quoted() is one word for cmd and PowerShell", async (t) => {
  const table: [word: string, expected: string][] = [
    ["C:\\packs\\a.gtpack", "C:\\packs\\a.gtpack"],
    ["C:\\Program Files\\x", '"C:\\Program Files\\x"'],
    ["C:\\Program Files\\", '"C:\\Program Files\\\\"'],
    ["\\\\server\\a share\\b", '"\\\\server\\a share\\b"'],
    ["it's", '"it\'s"'],
    ["a&b|c", '"a&b|c"'],
    ["a,b", '"a,b"'],
    ["@home", '"@home"'],
    ["a@1", "a@1"],
    ["$HOME's", "'$HOME''s'"],
    ['{"a":1}', `'{"a":1}'`],
    ["", '""'],
  ];
  for (const [word, expected] of table) {
    await t.step(word, () => assertEquals(quoted(word, "windows"), expected));
  }
});
