/** The checks that every list of entries passes. */

import { assertEquals, assertThrows } from "@std/assert";
import { type ErrorCode, RunnerError } from "../../lib/base/errors.ts";
import { checkEntries, checkName, type EntryFacts } from "../../lib/pack/limits.ts";
import { LIMITS } from "./_packs.ts";

function refusal(entries: readonly EntryFacts[], limits = LIMITS): RunnerError {
  return assertThrows(() => checkEntries(entries, { limits, label: "x.gtpack" }), RunnerError);
}

Deno.test("checkName() keeps names inside the pack", async (t) => {
  const bad = [
    ...[
      "../x",
      "a/../b",
      "..",
      "/x",
      "//x",
      "C:x",
      "c:/x",
      "\\\\?\\x",
      "a\\..\\..\\x",
      "a\\b",
      "a\0b",
      "a\nb",
      "a\x7fb",
    ],
    ...["", "/", "a//b", "./a", "a/./b", "a/.", ".", "a/b//", "\ud800", "x/\udc00y"],
  ];
  for (const name of bad) {
    await t.step(`refuses ${JSON.stringify(name)}`, () => {
      const error = assertThrows(() => checkName(name), RunnerError);
      assertEquals([error.code, error.place], ["pack.unsafe_path", name]);
    });
  }
  for (
    const name of ["a", "a/b", ".hidden", "..a", "a..", "a/...", "ü/水", "a b", "a/", "__proto__", "1:2"]
  ) {
    await t.step(`takes ${JSON.stringify(name)}`, () => checkName(name));
  }
});

Deno.test("checkName() holds the length and depth of names at their exact values, and tells their beginning", async (t) => {
  const long = "is longer than 1024 bytes", deep = "has more than 64 segments";
  const table: [string, within: string, beyond: string, reason: string][] = [
    ["bytes", "x".repeat(1024), "x".repeat(1025), long],
    ["bytes of other letters", "水".repeat(341), "水".repeat(342), long],
    ["segments", "a/".repeat(63) + "a", "a/".repeat(64) + "a", deep],
    ["segments of a folder", "a/".repeat(64), "a/".repeat(65), deep],
  ];
  for (const [name, within, beyond, reason] of table) {
    await t.step(name, () => {
      checkName(within);
      const error = assertThrows(() => checkName(beyond), RunnerError), told = `${beyond.slice(0, 120)}…`;
      assertEquals([error.code, error.place], ["pack.unsafe_path", told]);
      assertEquals(error.message, `Entry name "${told}" ${reason}`);
    });
  }
});

Deno.test("checkEntries() refuses types that are no files", async (t) => {
  const table: [string, Partial<EntryFacts>, string, ErrorCode][] = [
    ["links", { type: "link" }, 'Entry "x" is a symbolic link', "pack.unsupported.link"],
    [
      "devices",
      { type: "other" },
      'Entry "x" is a device or another special file',
      "pack.unsupported.file_type",
    ],
    [
      "folders under a file's name",
      { type: "directory" },
      'Entry "x" is a folder under the name of a file',
      "pack.unsupported.file_type",
    ],
    ["encryption", { encrypted: true }, 'Entry "x" is encrypted', "pack.unsupported.encryption"],
    [
      "other methods",
      { method: 93 },
      'Entry "x" uses the unknown compression method 93',
      "pack.unsupported.method",
    ],
  ];
  for (const [name, facts, message, code] of table) {
    await t.step(name, () => {
      const error = refusal([{ name: "x", size: 0, ...facts }]);
      assertEquals([error.code, error.message, error.place], [code, message, "x"]);
    });
  }
  checkEntries([{ name: "x/", size: 0, type: "directory" }, { name: "y", size: 1, packed: 1, method: 8 }], {
    limits: LIMITS,
    label: "x",
  });
});

Deno.test("checkEntries() holds every limit at its exact value", async (t) => {
  const limits = { ...LIMITS, maxEntries: 2, maxEntryBytes: 100, maxArchiveBytes: 150, maxRatio: 10 };
  const table: [string, EntryFacts[], EntryFacts[]][] = [
    ["pack.limit.entries", [{ name: "a", size: 0 }, { name: "b", size: 0 }], [{ name: "c", size: 0 }]],
    ["pack.limit.entry", [{ name: "a", size: 100 }], [{ name: "b", size: 101 }]],
    ["pack.limit.archive", [{ name: "a", size: 100 }, { name: "b", size: 50 }], [{ name: "b", size: 51 }]],
    ["pack.limit.ratio", [{ name: "a", size: 100, packed: 10 }], [{ name: "b", size: 91, packed: 9 }]],
  ];
  for (const [code, within, beyond] of table) {
    await t.step(code, () => {
      checkEntries(within, { limits, label: "x" });
      const kept = code === "pack.limit.archive" ? within.slice(0, 1) : within;
      const error = refusal([...kept, ...beyond], limits);
      assertEquals(error.code, code);
      assertEquals(error.hint?.startsWith("Raise it with --max-"), true);
    });
  }
});

Deno.test("checkEntries() refuses sizes that contradict each other", () => {
  assertEquals(refusal([{ name: "a", size: 5, packed: 0, method: 8 }]).code, "pack.corrupt.size");
  assertEquals(refusal([{ name: "a", size: 5, packed: 6, method: 0 }]).code, "pack.corrupt.size");
});

Deno.test("checkEntries() refuses names that are one file somewhere", async (t) => {
  const table: [string, string, string][] = [
    ["a/b", "a/b", 'Entry "a/b" occurs twice'],
    ["A.txt", "a.TXT", 'Entries "A.txt" and "a.TXT" differ only by case or Unicode form'],
    ["\u00fc", "u\u0308", 'Entries "\u00fc" and "u\u0308" differ only by case or Unicode form'],
  ];
  for (const [one, two, message] of table) {
    await t.step(`${one} and ${two}`, () => {
      const error = refusal([{ name: one, size: 0 }, { name: "between", size: 0 }, { name: two, size: 0 }]);
      assertEquals([error.code, error.message], ["pack.duplicate_entry", message]);
    });
  }
});

Deno.test("checkEntries() refuses a file that is a folder too, whatever stands between them", async (t) => {
  const between = ["a!", "a b", "a-b", "a.b/c", "a0", "b"];
  for (
    const [file, inside] of [["a", "a/b"], ["A", "a/b/c"], ["x/\u00fc", "X/u\u0308/y"], ["a", "a/"]] as const
  ) {
    for (const order of [[file, ...between, inside], [inside, ...between, file]]) {
      await t.step(order.join(", "), () => {
        const error = refusal(order.map((name) => ({ name, size: 0 })));
        assertEquals([error.code, error.place], ["pack.duplicate_entry", file]);
        assertEquals(error.message, `Entry "${file}" is a file, and a folder for "${inside}"`);
      });
    }
  }
  const apart = ["a", "a!/b", "a.b/c", "b/a", "b/c/", "b/c/d", "ab"].map((name) => ({ name, size: 0 }));
  checkEntries(apart, { limits: LIMITS, label: "x" });
});

Deno.test("checkEntries() refuses entries that share bytes", () => {
  const entry = (name: string, start: number, end: number): EntryFacts => ({
    name,
    size: 1,
    range: [start, end],
  });
  checkEntries([entry("c", 20, 30), entry("a", 0, 10), entry("b", 10, 20)], { limits: LIMITS, label: "x" });
  const error = refusal([entry("c", 20, 30), entry("a", 0, 21)]);
  assertEquals([error.code, error.message], ["pack.corrupt.overlap", 'Entries "a" and "c" overlap']);
  assertEquals(refusal([entry("a", 0, 10), entry("b", 0, 10)]).code, "pack.corrupt.overlap");
});
