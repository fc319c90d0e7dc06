/** Which items of two lists belong together. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { align, match } from "../../lib/base/alignment.ts";

Deno.test("align() pairs what is equal, and leaves what only one list has", async (t) => {
  const vectors: [string, string, string][] = [
    ["", "", ""],
    ["abc", "abc", "00 11 22"],
    ["abc", "ac", "00 21"],
    ["ac", "abc", "00 12"],
    ["abc", "xyz", ""],
    ["abc", "cab", "01 12"],
    ["aaa", "aa", "00 11"],
    ["ababab", "bababa", "10 21 32 43 54"],
    ["axbxc", "aybyc", "00 22 44"],
  ];
  for (const [first, second, expected] of vectors) {
    await t.step(`${first} ${second}`, () => {
      assertEquals(align([...first], [...second]).map((pair) => pair.join("")).join(" "), expected);
    });
  }
});

Deno.test("align() gives pairs of equal items in the order of both lists, however long they are", () => {
  const rising = (numbers: readonly number[]) => numbers.every((n, i) => i === 0 || n > numbers[i - 1]!);
  const items = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 30 });
  fc.assert(
    fc.property(items, items, fc.constantFrom(1, 300), (head, tail, times) => {
      const first = ["first", ...Array.from({ length: times }, () => head).flat(), "end"];
      const second = ["second", ...Array.from({ length: times }, () => tail).flat(), "last"];
      const pairs = align(first, second);
      assert(pairs.every(([i, j]) => first[i] === second[j]));
      assert(rising(pairs.map(([i]) => i)) && rising(pairs.map(([, j]) => j)));
    }),
    { numRuns: 40 },
  );
});

Deno.test("align() pairs long lists that share most of their items in their middle", () => {
  const first = Array.from({ length: 10_000 }, (_, i) => `n${i}`);
  const second = ["new", ...first.slice(0, 9_000), ...first.slice(9_001), "last"];
  const changed = first.with(5_000, "other");
  assertEquals(align(["old", ...first, "end"], second).length, 9_999);
  assertEquals(align(changed, second).length, 9_998);
});

Deno.test("match() puts a changed item beside what became of it", async (t) => {
  // The first letter is the name.
  const named = (text: string) =>
    text.split(" ").filter((key) => key !== "").map((key) => ({ key, name: key[0]! }));
  const vectors: [string, string, string][] = [
    ["a1 b1", "a1 b2", "00 11"],
    ["a2", "a1 a2", "-0 01"],
    ["a1 c1", "b1 c1", "0- -0 11"],
    ["a1 b1 c1", "a2 c2", "00 1- 21"],
    ["", "a1", "-0"],
    ["a1", "", "0-"],
    ["", "", ""],
  ];
  for (const [first, second, expected] of vectors) {
    await t.step(`${first} | ${second}`, () => {
      const found = match(named(first), named(second)).map((pair) => pair.map((at) => at ?? "-").join(""));
      assertEquals(found.join(" "), expected);
    });
  }
});
