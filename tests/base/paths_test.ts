/** Paths as texts and as words of a command line, of both kinds of systems. */

import { assertEquals } from "@std/assert";
import { folderOf, nameOf, normalized, quoted, withoutTrailingSlash } from "../../lib/base/paths.ts";

Deno.test("withoutTrailingSlash() leaves a root what it is", () => {
  const table: [path: string, without: string][] = [
    ["a/", "a"],
    ["a//", "a"],
    ["a", "a"],
    ["/", "/"],
    ["//", "/"],
    ["", ""],
  ];
  const windows: typeof table = [
    ["C:\\", "C:\\"],
    ["C:/", "C:/"],
    ["C:\\a\\", "C:\\a"],
    ["\\\\?\\C:\\", "\\\\?\\C:\\"],
  ];
  for (const [path, without] of [...table, ["a\\", "a\\"] as const]) {
    assertEquals(withoutTrailingSlash(path, "posix"), without, path);
  }
  for (const [path, without] of [...table, ...windows]) {
    assertEquals(withoutTrailingSlash(path, "windows"), without, path);
  }
});

Deno.test("folderOf() is where a file lies, and nameOf() what it is called there", () => {
  const table: [path: string, folder: string][] = [
    ["a", "."],
    ["a/b", "a"],
    ["a/", "a"],
    ["/a", "/"],
    ["../a", ".."],
  ];
  const windows: typeof table = [
    ["C:\\a", "C:\\"],
    ["C:/a", "C:/"],
    ["C:\\a\\b", "C:\\a"],
    ["\\\\?\\C:\\a", "\\\\?\\C:\\"],
    ["\\\\s\\share\\a", "\\\\s\\share"],
  ];
  // Where a backslash is no slash, it is a part of a name.
  for (const [path, folder] of [...table, ["a\\b", "."] as const, ["a/b\\c", "a"] as const]) {
    assertEquals(folderOf(path, "posix"), folder, path);
  }
  for (const [path, folder] of [...table, ...windows]) assertEquals(folderOf(path, "windows"), folder, path);
  assertEquals([nameOf("a/b\\c", "posix"), nameOf("a/b\\c", "windows")], ["b\\c", "c"]);
});

Deno.test("normalized() tells paths that are the same by their text", () => {
  const posix: [path: string, same: string][] = [
    ["./a//b/", "a/b"],
    ["a/../b", "b"],
    ["../../a", "../../a"],
    ["a/../..", ".."],
    ["", "."],
    ["a/..", "."],
    ["/../a", "/a"],
    ["/", "/"],
    ["A\\b", "A\\b"],
  ];
  for (const [path, same] of posix) assertEquals(normalized(path, "posix"), same, path);
  const windows: [path: string, same: string][] = [
    ["C:/A/b\\", "c:\\a\\b"],
    ["\\\\?\\C:\\A", "c:\\a"],
    ["C:\\", "c:\\"],
    ["C:\\..\\a", "c:\\a"],
    ["C:a", "c:a"],
    ["\\a", "\\a"],
    ["\\\\Server\\Share\\a\\..\\b", "\\\\server\\share\\b"],
    ["\\\\?\\UNC\\server\\share", "\\\\server\\share"],
    ["..\\A", "..\\a"],
  ];
  for (const [path, same] of windows) assertEquals(normalized(path, "windows"), same, path);
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
